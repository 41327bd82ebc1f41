import { describe, expect, it } from 'vitest';
import { goOnWith } from '../../src/cli/actions/submit-go-on.js';

const plain = { durability: 'accepted', validate: true };

describe('an interrupted submit says how to go on', () => {
  it.each<[string, Parameters<typeof goOnWith>, string]>([
    ['plainly', [{}, ['a.csv', 'b.csv'], plain], 'batchctl submit a.csv b.csv --wait'],
    ['with the same deployment, or another would get the files', [{ deployment: 'staging', config: '/etc/batch ctl' }, ['a.csv'], plain], "batchctl -d staging --config '/etc/batch ctl' submit a.csv --wait"],
    ['under the same key, or it would be another job', [{}, ['report.csv'], { ...plain, key: 'orders.csv' }], 'batchctl submit report.csv --key orders.csv --wait'],
    ['as unchecked and as durable as before', [{}, ['a.csv'], { durability: 'replicated', validate: false }], 'batchctl submit a.csv --no-validate --durability replicated --wait'],
    ['where a second run may be there already', [{}, ['a.csv'], { ...plain, again: true }], 'batchctl jobs'],
    ['in words that a shell reads back', [{}, ["it's $HOME.csv", '-x.csv', 'a;b.csv'], plain], "batchctl submit 'it'\\''s $HOME.csv' ./-x.csv 'a;b.csv' --wait"],
    ['where what came through a pipe is gone', [{ deployment: 'd' }, ['-'], { ...plain, key: 'k.csv' }], 'batchctl -d d jobs'],
  ])('%s', (_, request, command) => {
    expect(goOnWith(...request)).toBe(command);
  });
});
