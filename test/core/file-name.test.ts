import fc from 'fast-check';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileNameOf } from '../../src/core/file-name.js';

describe('the name of a local file for an object key', () => {
  it.each([
    ['output/4f1c/orders.e1-a1.csv', 'orders.e1-a1.csv'],
    ['output/x/two words+%20.csv', 'two words+%20.csv'],
    ['output/x/日本🙂.csv', '日本🙂.csv'],
    ['output/x/..', 'job.csv'],
    ['output/x/../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', '_.._boot.ini'],
    ['output/x/.bashrc', 'bashrc'],
    ['output/x/-rf.csv', 'rf.csv'],
    ['output/x/', 'job.csv'],
    ['output/x/a\nb\u001b[2J\u202etxt.csv', 'a_b_[2J_txt.csv'],
    ['output/x/C:evil.csv', 'C_evil.csv'],
    ['output/x/\ud800.csv', '_.csv'],
    [`output/x/${'é'.repeat(500)}.csv`, `${'é'.repeat(98)}.csv`],
  ])('%j is %j', (key, name) => expect(fileNameOf(key, 'job.csv')).toBe(name));

  it('names a file in the folder, whatever the key', () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom('/', '\\', '..', '.', '-', '\0', '\n', '\u202e', '~', ':'), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 }).map((some) => some.join(''));
    fc.assert(fc.property(pieces, (key) => {
      const name = fileNameOf(key, 'job.csv');
      expect(path.dirname(path.resolve('/folder', name))).toBe('/folder');
      expect(path.win32.dirname(path.win32.resolve('C:\\folder', name))).toBe('C:\\folder');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(name).not.toMatch(/\p{Cc}|[\u202a-\u202e]|^[.-]/u);
    }), { numRuns: 500 });
  });
});
