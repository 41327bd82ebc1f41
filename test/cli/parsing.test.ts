import { describe, expect, it } from 'vitest';
import { parseDuration, parseWhole } from '../../src/cli/durations.js';
import { outputFormatOf } from '../../src/cli/global-flags.js';
import { parseFault } from '../../src/cli/actions/sandbox-fault.js';
import { keysOf } from '../../src/cli/actions/submit.js';
import { closest, editDistance } from '../../src/config/suggestions.js';

describe('durations', () => {
  it.each([['250ms', 250], ['30s', 30_000], ['1.5s', 1500], ['5m', 300_000], ['2min', 120_000], ['1h30m', 5_400_000], ['1d', 86_400_000], ['0s', 0]])('%s', (text, milliseconds) => {
    expect(parseDuration(text, '--timeout')).toBe(milliseconds);
  });

  it.each(['5', '', 's', '-1s', '1s 2', '1y', 'NaN', '1e3s', `${'9'.repeat(30)}d`])('refuses %j', (text) => {
    expect(() => parseDuration(text, '--timeout')).toThrowError(expect.objectContaining({ exitCode: 2, message: expect.stringContaining('--timeout') }));
  });
});

describe('whole numbers', () => {
  it('are taken within their bounds only', () => {
    expect(parseWhole('12', '--rows')).toBe(12);
    for (const text of ['-1', '1.5', '1e3', '', 'x', '0x10']) expect(() => parseWhole(text, '--rows')).toThrow(/--rows must be a whole number/);
    expect(() => parseWhole('0', '--limit', { min: 1 })).toThrow(/at least 1/);
    expect(() => parseWhole('9', '--limit', { max: 8 })).toThrow(/from 0 to 8/);
  });
});

describe('the output format of a line that does not parse', () => {
  it.each([[['-o', 'json'], 'json'], [['x', '--output', 'ndjson'], 'ndjson'], [['--output=json'], 'json'], [['-ojson'], 'json'], [['--', '-o', 'json'], 'human'], [['-o', 'xml'], 'human'], [['-o'], 'human']])('%j', (argv, format) => {
    expect(outputFormatOf(argv)).toBe(format);
  });
});

describe('faults', () => {
  it.each([
    ['region us-east-1 down', { kind: 'region', region: 'us-east-1', state: 'down' }],
    ['credentials operator expired', { kind: 'credentials', holder: 'operator', state: 'expired' }],
    ['arc-endpoint eu-west-1 slow', { kind: 'arc-endpoint', region: 'eu-west-1', state: 'slow' }],
    ['service states@us-east-1 throttle', { kind: 'service', service: 'states', region: 'us-east-1', state: 'throttle' }],
    ['replication us-east-1->us-west-2 pause', { kind: 'replication', from: 'us-east-1', to: 'us-west-2', state: { mode: 'paused' } }],
    ['replication us-east-1->us-west-2 lag 10m', { kind: 'replication', from: 'us-east-1', to: 'us-west-2', state: { mode: 'lagging', lagMs: 600_000 } }],
    ['replication us-east-1->us-west-2 resume', { kind: 'replication', from: 'us-east-1', to: 'us-west-2', state: { mode: 'flowing' } }],
  ])('%s', (words, fault) => {
    expect(parseFault(words.split(' '))).toEqual(fault);
  });

  it.each(['region us-east-1', 'region us-east-1 lag', 'replication us-east-1- pause', 'replication a->b lag', 'service states throttle', 'list all', 'meteor us-east-1 down'])('refuses %j', (words) => {
    expect(() => parseFault(words.split(' '))).toThrowError(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('keys of submitted files', () => {
  it('lie under input/, whether or not that was typed', () => {
    expect(keysOf(['/x/a.csv', 'b.csv'], undefined)).toEqual([{ file: '/x/a.csv', key: 'input/a.csv' }, { file: 'b.csv', key: 'input/b.csv' }]);
    expect(keysOf(['a.csv'], 'input/day 1/b.csv')).toEqual([{ file: 'a.csv', key: 'input/day 1/b.csv' }]);
  });

  it.each([[['a', 'b'], 'k'], [['-'], undefined], [['a'], ''], [['a'], 'dir/'], [['a'], '/a'], [['a'], 'x'.repeat(1100)]])('refuses %j as %j', (files, name) => {
    expect(() => keysOf(files, name)).toThrowError(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('suggestions', () => {
  it('are close, or absent', () => {
    expect(closest('staus', ['status', 'submit'])).toBe('status');
    expect(closest('wat', ['watch', 'interval'])).toBe('watch');
    expect(closest('xyzzy', ['status', 'submit'])).toBeUndefined();
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });
});
