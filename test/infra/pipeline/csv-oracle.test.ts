import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { merge } from '../../../infra/pipeline/merge.js';
import { processPart } from '../../../infra/pipeline/process-part.js';
import { findParts, split } from '../../../infra/pipeline/split.js';
import { fieldsOf } from '../../../src/core/csv.js';
import { outputColumns, recordProblem } from '../../../src/core/record.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';
import { recordsAccordingToCsvParse, safe } from './csv-oracle.js';
import { MemoryObjects } from './memory-objects.js';
import { header, recordTelemetry, sampleRow, SampleReference } from './sample.js';

/** A deeper search: FUZZ_RUNS=20000 */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 150);
const run = { jobId: 'job', key: 'input/orders.csv', versionId: 'v', bytes: 0, epoch: 1, region: 'us-east-1', attempt: 1 };

/** Splits, processes and joins; undefined when the file is refused as a whole, as no CSV. */
async function processed(bytes: Buffer, partBytes: number, chunkBytes: number): Promise<{ output: string[][]; rejects: string[][]; parts: number } | undefined> {
  const objects = new MemoryObjects();
  objects.chunkBytes = chunkBytes;
  objects.put(run.key, bytes, {}, run.versionId);
  const telemetry = recordTelemetry(new TestClock());
  const ports = { objects, telemetry, reference: new SampleReference(), sizes: { minBytes: partBytes, maxBytes: partBytes, inlineParts: 100_000 } };
  try {
    const { parts } = await split(run, ports);
    // In any order, as a Map runs them.
    for (const part of [...parts].reverse()) await processPart(run, part, ports);
    const merged = await merge(run, parts.length, ports);
    return {
      output: parse(objects.text(merged.outputKey)!) as string[][],
      rejects: merged.rejectsKey === undefined ? [] : (parse(objects.text(merged.rejectsKey)!) as string[][]).slice(1),
      parts: parts.length,
    };
  } catch (error) {
    if ((error as { name: string }).name !== 'InputRejected') throw error;
    return undefined;
  }
}

/** The same from the whole file at once, and from the other parser. */
function expected(bytes: Buffer): { output: string[][]; rejects: [row: string, text: string][] } | undefined {
  const records = recordsAccordingToCsvParse(bytes);
  if (!records || records.length < 2) return undefined;
  const output: string[][] = [[...outputColumns]];
  const rejects: [string, string][] = [];
  for (const [index, { fields, raw }] of records.entries()) {
    if (index === 0) continue;
    const malformed = fieldsOf(raw).problem !== undefined;
    const uuid = fields[0]!;
    if (malformed || recordProblem(fields) !== undefined || uuid.endsWith('13')) rejects.push([String(index + 1), safe(raw)]);
    else output.push([...fields.map(safe), uuid.slice(-2), '1.5', '1', '2', '3', '4']);
  }
  return { output, rejects };
}

async function compare(bytes: Buffer, partBytes: number, chunkBytes: number): Promise<'refused' | number> {
  const [ours, theirs] = [await processed(bytes, partBytes, chunkBytes), expected(bytes)];
  if (!ours || !theirs) {
    expect(ours).toBe(theirs);
    return 'refused';
  }
  expect(ours.output).toEqual(theirs.output);
  expect(ours.rejects.map(([row, , text]) => [row, text])).toEqual(theirs.rejects);
  return ours.parts;
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const spelled = (field: string, always: boolean): string => (always || /[",\r\n]/.test(field) ? quoted(field) : field);

const country = fc.constantFrom('Iceland', 'Korea, South', 'The "Bahamas"', 'two\nlines', 'two\r\nlines', '日本', '😀', ' spaced ', '"', '""', ',', '\n"\n', 'a\rb', '=1+1', '@SUM(A1)', '+cmd|x', '-5', '-5%', '\tx', '＝1', '\ufeffx');
const goodRow = fc.record({ serial: fc.nat(99), country, always: fc.boolean() }).map(({ serial, country: Country, always }) => sampleRow(serial, { Country }).map((field) => spelled(field, always)).join(','));
/** Pieces of what CSV is about, so that quotes, line breaks and blank lines meet every part and chunk boundary. */
const wildRow = fc.array(fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', '\n\n', 'a', '日', '😀', ' ', '=x', '\ufeff', '123456789'), { minLength: 1, maxLength: 14 }).map((pieces) => pieces.join(''));
const lineBreak = fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\n');
const wholeHeader = fc.constantFrom(header, `\ufeff${header}`, header.split(',').map(quoted).join(','), `\ufeff${quoted('uuid')}${header.slice(4)}`);
const partSize = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 31, max: 400 }), fc.constant(1_000_000));
const chunkSize = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(64), fc.constant(1_000_000));

describe('parts of a file, against another parser that reads it whole', () => {
  it('hold its rows, in any part and chunk size', { timeout: 60_000 + 20 * numRuns }, async () => {
    const seen = { refused: 0, cut: 0 };
    await fc.assert(fc.asyncProperty(wholeHeader, fc.array(fc.tuple(lineBreak, fc.oneof({ weight: 3, arbitrary: goodRow }, { weight: 1, arbitrary: wildRow })), { minLength: 1, maxLength: 12 }), fc.boolean(), partSize, chunkSize, async (first, rows, ended, part, chunk) => {
      const bytes = Buffer.from(`${first}${rows.map(([end, row]) => end + row).join('')}${ended ? '\n' : ''}`);
      const outcome = await compare(bytes, part, chunk);
      if (outcome === 'refused') seen.refused += 1;
      else if (outcome > 1) seen.cut += 1;
    }), { numRuns });
    expect(seen.refused, 'files with an open quote').toBeGreaterThan(numRuns / 100);
    expect(seen.cut, 'files of several parts').toBeGreaterThan(numRuns / 5);
  });

  it('agree about any bytes at all', { timeout: 60_000 + 20 * numRuns }, async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 20 }).map((some) => Buffer.concat([Buffer.from(`${header}\n123456789,`), some])));
    await fc.assert(fc.asyncProperty(bytes, fc.boolean(), partSize, chunkSize, async (some, withHeader, part, chunk) => {
      await compare(Buffer.concat([Buffer.from(withHeader ? `${header}\n` : ''), some]), part, chunk).catch((error: unknown) => {
        // Without our header a file is refused whatever else it holds, which no other parser can know.
        if (withHeader) throw error;
      });
    }), { numRuns });
  });

  it('agree when single bytes of a good file are broken', { timeout: 60_000 + 20 * numRuns }, async () => {
    const good = Buffer.from(`${header}\n${Array.from({ length: 6 }, (_, serial) => sampleRow(serial, { Country: '"a ""b"", c\nd"' }).join(',')).join('\r\n')}\r\n`);
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: header.length + 1, max: good.length - 1 }), fc.oneof(fc.constantFrom(0, 10, 13, 34, 44, 0xc3, 0xff, 0x80), fc.integer({ min: 0, max: 255 }))), { minLength: 1, maxLength: 3 }), partSize, chunkSize, async (changes, part, chunk) => {
      const bytes = Buffer.from(good);
      for (const [place, byte] of changes) bytes[place] = byte;
      await compare(bytes, part, chunk);
    }), { numRuns });
  });
});

describe('files of an unusual size', () => {
  const chunks = async function* (bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < bytes.length; position += 256 * 1024) yield bytes.subarray(position, position + 256 * 1024);
  };

  it('a record of nearly a mebibyte, full of quotes and line breaks, is one row', { timeout: 60_000 + 20 * numRuns }, async () => {
    const giant = `"${'x""y\r\n'.repeat(170_000)}"`;
    const bytes = Buffer.from(`${header}\n${sampleRow(1).join(',')}\n1,${giant}\n${sampleRow(2).join(',')}\n`);
    const found = await processed(bytes, 1000, 64 * 1024);
    expect(found!.output.map(([uuid]) => uuid)).toEqual(['uuid', '100000001', '100000002']);
    expect(found!.rejects).toEqual([['3', 'has 2 columns instead of 8', `1,${giant}`]]);
  });

  it('a field of 10 MB is refused by its row and place, and not gathered in memory', async () => {
    const bytes = Buffer.from(`${header}\n${sampleRow(1).join(',')}\n"${'x\n'.repeat(5_000_000)}",b\n`);
    let read = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks(bytes)) { read += chunk.length; yield chunk; }
    };
    await expect(findParts(counted(), 1000)).rejects.toThrow(`NOT_CSV: record 3, at byte ${header.length + 1 + sampleRow(1).join(',').length + 1}, is longer than 1048576 bytes`);
    expect(read).toBeLessThan(2 * 1024 * 1024);
  });

  it('a row of 10,000 columns is rejected, and a header of 10,000 columns refused', async () => {
    const wide = Array.from({ length: 10_000 }, (_, column) => (column % 2 ? '"a,b"' : 'c')).join(',');
    const found = await processed(Buffer.from(`${header}\n${wide}\n${sampleRow(2).join(',')}\n`), 100, 1000);
    expect(found!.rejects).toEqual([['2', 'has 10000 columns instead of 8', wide]]);
    expect(found!.output).toHaveLength(2);
    await expect(findParts(chunks(Buffer.from(`${wide}\n${wide}\n`)), 1000)).rejects.toThrow('WRONG_HEADER');
  });
});
