import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partBytesFor } from '../../../infra/pipeline/manifest.js';
import { findParts, split } from '../../../infra/pipeline/split.js';
import { manifestKey } from '../../../src/core/layout.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';
import { MemoryObjects } from './memory-objects.js';
import { header, recordTelemetry, sampleFile, sampleRow } from './sample.js';

const run = { jobId: 'job', key: 'input/orders.csv', versionId: 'v', bytes: 0, epoch: 1, region: 'us-east-1', attempt: 1 };
const sizes = { minBytes: 1000, maxBytes: 4000, inlineParts: 5 };

function prepared(text: string | Uint8Array) {
  const objects = new MemoryObjects();
  objects.put(run.key, text, {}, run.versionId);
  return { objects, ports: { objects, sizes, telemetry: recordTelemetry(new TestClock()) } };
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < bytes.length; position += size) yield bytes.subarray(position, position + size);
}

describe('split', () => {
  it('cuts at record boundaries, leaves nothing out, and numbers rows from the header on', async () => {
    const text = sampleFile(300);
    const { objects, ports } = prepared(text);
    const result = await split(run, ports);
    expect(result).toMatchObject({ mode: 'inline', partCount: result.parts.length, manifestKey: manifestKey('job') });
    const slices = result.parts.map((part) => Buffer.from(text).subarray(part.start, part.end).toString('utf8'));
    expect(`${header}\n${slices.join('')}`).toBe(text);
    let row = 2;
    for (const [index, part] of result.parts.entries()) {
      expect(part).toMatchObject({ index, firstRow: row });
      expect(slices[index]).toMatch(/\n$/);
      row += slices[index]!.split('\n').length - 1;
    }
    expect(JSON.parse(objects.text(result.manifestKey)!)).toEqual(result.parts);
    expect(await objects.head(result.manifestKey)).toMatchObject({ metadata: { records: '300' } });
  });

  it('runs many parts distributed, with the manifest alone as their list', async () => {
    const { objects, ports } = prepared(sampleFile(1500));
    const result = await split(run, ports);
    expect(result).toMatchObject({ mode: 'distributed', parts: [] });
    expect(JSON.parse(objects.text(result.manifestKey)!)).toHaveLength(result.partCount);
  });

  it('keeps a manifest that stands, and replaces one of another version or size', async () => {
    const { objects, ports } = prepared(sampleFile(300));
    const first = await split(run, ports);
    expect(await split({ ...run, epoch: 2, region: 'us-west-2' }, ports)).toEqual(first);
    expect(objects.written).toEqual([manifestKey('job')]);
    await split(run, { ...ports, sizes: { ...sizes, minBytes: 5000, maxBytes: 5000 } });
    expect(objects.written).toHaveLength(2);
  });

  it('is not misled by quotes, line ends, a mark or a missing final newline, at any chunk size', async () => {
    const cell = fc.constantFrom('x', '"a,b"', '"two\nlines"', '"two\r\nlines"', '"say ""yes"""', '5" pipe', 'é', '😀', '""');
    await fc.assert(fc.asyncProperty(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 30 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60 }), async (rows, end, mark, finalEnd, chunk, partBytes) => {
      const records = rows.map((row) => row.join(','));
      const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${header}${end}${records.join(end)}${finalEnd ? end : ''}`);
      const found = await findParts(inChunks(bytes, chunk), partBytes);
      expect(found.records).toBe(rows.length);
      expect(found).toEqual(await findParts(inChunks(bytes, 1_000_000), partBytes));
      const body = found.parts.map((part) => bytes.subarray(part.start, part.end).toString('utf8')).join('');
      expect(body).toBe(records.join(end) + (finalEnd ? end : ''));
      for (const [index, part] of found.parts.entries()) {
        const next = found.parts[index + 1]?.firstRow ?? rows.length + 2;
        const slice = bytes.subarray(part.start, part.end).toString('utf8');
        expect(slice.startsWith(records[part.firstRow - 2]!)).toBe(true);
        expect(slice.trimEnd().endsWith(records[next - 3]!)).toBe(true);
      }
    }), { numRuns: 250 });
  });

  it.each([
    ['an empty file', '', 'EMPTY_FILE'],
    ['only a mark', '\ufeff', 'EMPTY_FILE'],
    ['only blank lines', '\n\r\n\n', 'EMPTY_FILE'],
    ['a header alone', `${header}\n`, 'NO_ROWS'],
    ['a header without its newline', header, 'NO_ROWS'],
    ['another header', 'id,name\n1,2\n', 'WRONG_HEADER'],
    ['a header in another case', `${header.toUpperCase()}\n${sampleRow(1).join(',')}\n`, 'WRONG_HEADER'],
    ['no header', `${sampleRow(1).join(',')}\n`, 'WRONG_HEADER'],
    ['a first line without end', 'x'.repeat(200_000), 'WRONG_HEADER'],
    ['an open quote', `${header}\n"abc`, 'NOT_CSV'],
    ['a PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00]), 'NOT_CSV'],
    ['UTF-16', Buffer.from(`\ufeff${header}\n`, 'utf16le'), 'NOT_CSV'],
  ])('refuses %s for good', async (_, content, code) => {
    const { objects, ports } = prepared(content);
    await expect(split(run, ports)).rejects.toMatchObject({ name: 'InputRejected', code, message: expect.stringMatching(new RegExp(`^${code}: `)) as string });
    expect(objects.written).toEqual([]);
  });

  it('says which header was expected and which was found', async () => {
    await expect(split(run, prepared('id,"na""me"\tx\n1,2\n').ports)).rejects.toThrow(`the header must be "${header}", but the first line is "id,\\"na\\"\\"me\\"\\tx"`);
  });

  it('says so when the input version is gone', async () => {
    const { ports } = prepared('x');
    await expect(split({ ...run, versionId: 'other' }, ports)).rejects.toMatchObject({ code: 'INPUT_GONE' });
  });
});

describe('part size', () => {
  const real = { minBytes: 64 * 1024, maxBytes: 16 * 1024 * 1024, inlineParts: 40 };
  it.each([
    [1000, 64 * 1024],
    [40 * 1024 * 1024, 1024 * 1024],
    [10 * 1024 ** 3, 16 * 1024 * 1024],
  ])('of %d bytes is %d', (bytes, expected) => expect(partBytesFor(bytes, real)).toBe(expected));

  it('never needs more parts than a multipart upload has', () => {
    const bytes = 5 * 1024 ** 4;
    expect(bytes / partBytesFor(bytes, real)).toBeLessThanOrEqual(9000);
  });
});
