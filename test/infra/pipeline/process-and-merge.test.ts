import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, it } from 'vitest';
import { merge } from '../../../infra/pipeline/merge.js';
import { processPart } from '../../../infra/pipeline/process-part.js';
import { split } from '../../../infra/pipeline/split.js';
import { planMerge } from '../../../infra/pipeline/merge-plan.js';
import { partKey, partRejectsKey } from '../../../src/core/layout.js';
import { outputColumns } from '../../../src/core/record.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';
import { MemoryObjects } from './memory-objects.js';
import { header, type RecordedTelemetry, recordTelemetry, sampleFile, SampleReference, sampleRow } from './sample.js';

const run = { jobId: 'job', key: 'input/orders.csv', versionId: 'v', bytes: 0, epoch: 1, region: 'us-east-1', attempt: 1 };
const moved = { ...run, epoch: 2, region: 'us-west-2' };
const sizes = { minBytes: 1500, maxBytes: 1500, inlineParts: 1000 };

let objects: MemoryObjects;
let reference: SampleReference;
let telemetry: RecordedTelemetry;

beforeEach(() => {
  objects = new MemoryObjects();
  objects.chunkBytes = 777;
  reference = new SampleReference();
  telemetry = recordTelemetry(new TestClock());
});

async function process(text: string, claim = run) {
  if (!objects.text(run.key)) objects.put(run.key, text, {}, run.versionId);
  const { parts } = await split(claim, { objects, sizes, telemetry });
  const outcomes = [];
  for (const part of parts) outcomes.push(await processPart(claim, part, { objects, reference, telemetry }));
  return { parts, outcomes, merged: await merge(claim, parts.length, { objects, telemetry }) };
}

/** Computed apart from the pipeline: another parser, another order of work. */
function expectedOutput(rows: readonly string[][]): string[][] {
  return [[...outputColumns], ...rows.map((row) => [...row, row[0]!.slice(-2), '1.5', '1', '2', '3', '4'])];
}

const known = (serial: number): boolean => !String(serial).endsWith('13');

describe('a job from parts to output', () => {
  it('keeps order, writes the header once, and accounts for every row', async () => {
    const { parts, merged } = await process(sampleFile(500));
    expect(parts.length).toBeGreaterThan(10);
    const rows = Array.from({ length: 500 }, (_, serial) => sampleRow(serial)).filter((_, serial) => known(serial));
    expect(parse(objects.text(merged.outputKey)!)).toEqual(expectedOutput(rows));
    expect(merged).toMatchObject({ rows: { in: 500, out: 495, rejected: 5 }, parts: parts.length, partsKept: 0 });
    expect(parse(objects.text(merged.rejectsKey!)!)).toEqual([
      ['row', 'reason', 'text'],
      ...[13, 113, 213, 313, 413].map((serial) => [String(serial + 2), `no reference row for uuid ${100_000_000 + serial}`, sampleRow(serial).join(',')]),
    ]);
    expect(telemetry.total('RowsIn')).toBe(500);
  });

  it('writes no rejects file when every row is good', async () => {
    const { merged } = await process(sampleFile(10));
    expect(merged.rejectsKey).toBeUndefined();
    expect(objects.written.some((key) => key.includes('rejects'))).toBe(false);
  });

  it('preserves quotes, commas, line breaks, spaces and foreign letters', async () => {
    const rows = [
      sampleRow(0, { Country: 'Côte d\'Ivoire', Region: 'Sub-Saharan, Africa' }),
      sampleRow(1, { Country: 'a "quoted" name', Region: 'two\r\nlines' }),
      sampleRow(2, { Country: '日本 😀', Region: ' spaced ' }),
      sampleRow(3, { Country: '5" pipe' }),
    ];
    const file = `\ufeff${header}\r\n${rows.map((row) => row.map((field) => (/[,\n]|^a "/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')).join('\r\n')}`;
    const { merged } = await process(file);
    expect(parse(objects.text(merged.outputKey)!)).toEqual(expectedOutput(rows));
  });

  it('writes a file byte for byte the same, whether or not its fields were quoted needlessly, and refuses rows as they stood', async () => {
    const rows = Array.from({ length: 40 }, (_, serial) => sampleRow(serial, serial % 3 === 0 ? { Country: 'Korea, South' } : {}));
    const spelled = (always: boolean): string[] => rows.map((row) => row.map((field) => (always || field.includes(',') ? `"${field}"` : field)).join(','));
    const outputs = [];
    for (const always of [false, true]) {
      objects = new MemoryObjects();
      const { merged } = await process(`${header}\n${spelled(always).join('\n')}\n`);
      outputs.push(objects.text(merged.outputKey));
      expect((parse(objects.text(merged.rejectsKey!)!) as string[][])[1]![2]).toBe(spelled(always)[13]);
    }
    expect(outputs[1]).toBe(outputs[0]);
  });

  it('rejects bad rows with number, reason and original text, and goes on', async () => {
    const bad: [string, string][] = [
      ['1,2', 'has 2 columns instead of 8'],
      [sampleRow(1, { uuid: '12345678' }).join(','), 'uuid is not exactly 9 digits'],
      [sampleRow(1, { Country: '', 'Order Date': '2/30/12' }).join(','), 'Country is empty; Order Date is not a date such as 7/27/12 or 2012-07-27'],
      [`"${'two\nlines'}"x,${sampleRow(1).slice(1).join(',')}`, 'has text after the closing quote of column 1'],
    ];
    const file = `${header}\n${bad.map(([text]) => `${sampleRow(7).join(',')}\n${text}\n`).join('')}`;
    const { merged } = await process(file);
    expect(merged.rows).toEqual({ in: 8, out: 4, rejected: 4 });
    expect(parse(objects.text(merged.rejectsKey!)!)).toEqual([['row', 'reason', 'text'], ...bad.map(([text, reason], place) => [String(2 * place + 3), reason, text])]);
  });
});

describe('what a spreadsheet would run', () => {
  it('is text in the output and in the rejects, quoted or not, and numbers stay numbers', async () => {
    const rows = [sampleRow(1, { Country: '=1+1' }), sampleRow(2, { Region: '@SUM(1,2)' }), sampleRow(3, { 'Item Type': '-5' }), sampleRow(4, { Country: '-5+1' })];
    const file = [header, ...rows.map((row) => row.map((field) => (field.includes(',') ? `"${field}"` : field)).join(',')), '=cmd|x,y', ''].join('\n');
    reference.find = (keys) => Promise.resolve(new Map(keys.map((key) => [key, ',-1.5,1,2,3,4,5'])));
    const { merged } = await process(file);
    expect(objects.text(merged.outputKey)!.split('\n').slice(1, -1)).toEqual([
      '100000001,\'=1+1,Snacks,Online,H,7/27/12,Europe,2012-07-28,-1.5,1,2,3,4,5',
      '100000002,Iceland,Snacks,Online,H,7/27/12,"\'@SUM(1,2)",2012-07-28,-1.5,1,2,3,4,5',
      '100000003,Iceland,-5,Online,H,7/27/12,Europe,2012-07-28,-1.5,1,2,3,4,5',
      '100000004,\'-5+1,Snacks,Online,H,7/27/12,Europe,2012-07-28,-1.5,1,2,3,4,5',
    ]);
    expect(objects.text(merged.rejectsKey!)).toBe('row,reason,text\n6,has 2 columns instead of 8,"\'=cmd|x,y"\n');
  });
});

describe('checkpoints', () => {
  it('keeps every finished part when another Region goes on, and says how many', async () => {
    const first = await process(sampleFile(200));
    const again = await process(sampleFile(200), moved);
    expect(again.outcomes.every((outcome) => outcome.reused)).toBe(true);
    expect(again.merged).toMatchObject({ partsKept: first.parts.length, rows: first.merged.rows });
    expect(again.merged.outputKey).not.toBe(first.merged.outputKey);
    expect(objects.text(again.merged.outputKey)).toBe(objects.text(first.merged.outputKey));
    expect(telemetry.total('PartsReused')).toBe(first.parts.length);
    expect(telemetry.total('RowsIn')).toBe(200);
  });

  it('makes a part again whose rejects have not arrived, or that is of another input', async () => {
    const { parts } = await process(sampleFile(20));
    objects.versions.delete(partRejectsKey('job', 0));
    expect(await processPart(moved, parts[0]!, { objects, reference, telemetry })).toMatchObject({ reused: false });
    objects.put(partKey('job', 0), 'x', { ...(await objects.head(partKey('job', 0)))!.metadata, identity: 'other' });
    expect(await processPart(moved, parts[0]!, { objects, reference, telemetry })).toMatchObject({ reused: false });
  });

  it('does not merge without all parts', async () => {
    const { parts } = await process(sampleFile(200));
    objects.versions.delete(partKey('job', 1));
    await expect(merge(moved, parts.length, { objects, telemetry })).rejects.toThrow('part 1 of job job is missing');
  });

  it('finds its own merge done when it runs again', async () => {
    const { parts, merged } = await process(sampleFile(200));
    expect(await merge(run, parts.length, { objects, telemetry })).toEqual(merged);
    expect(objects.versions.get(merged.outputKey)).toHaveLength(1);
  });

  it('asks for each uuid once a part', async () => {
    await process(`${header}\n${`${sampleRow(1).join(',')}\n`.repeat(10)}`);
    expect(reference.asked).toEqual([['100000001']]);
  });
});

describe('merge plan', () => {
  const mebibyte = 1024 * 1024;
  const moves = (pieces: ReturnType<typeof planMerge>) => pieces.map((piece) => (piece.kind === 'copy' ? `copy ${(piece.end - piece.start) / mebibyte}` : `join ${Math.floor(piece.bytes / mebibyte)}`));

  it.each([
    [[], ['join 0']],
    [[1], ['join 1']],
    [[16, 16, 3], ['join 5', `copy ${11 + 7 / mebibyte}`, 'copy 16', 'join 3']],
    [[1, 1, 1, 1, 1, 1], ['join 5', 'join 1']],
    [[4, 20], ['join 5', `copy ${19 + 7 / mebibyte}`]],
    [[6, 6], ['join 5', 'join 5', 'join 2']],
  ])('of %j MiB', (megabytes, expected) => {
    expect(moves(planMerge('header\n', megabytes.map((size) => ({ bytes: size * mebibyte }))))).toEqual(expected);
  });

  it('copies what is large and moves little through the function', async () => {
    const big = sampleFile(1).split('\n')[1]!;
    objects.put(run.key, `${header}\n${`${big}\n`.repeat(Math.ceil((18 * mebibyte) / (big.length + 1)))}`, {}, run.versionId);
    objects.chunkBytes = 256 * 1024;
    const large = { minBytes: 8 * mebibyte, maxBytes: 8 * mebibyte, inlineParts: 10 };
    const { parts } = await split(run, { objects, sizes: large, telemetry });
    for (const part of parts) await processPart(run, part, { objects, reference, telemetry });
    const merged = await merge(run, parts.length, { objects, telemetry });
    const expected = `${outputColumns.join(',')}\n${parts.map((part) => objects.text(partKey('job', part.index))!).join('')}`;
    expect(objects.text(merged.outputKey) === expected).toBe(true);
    expect(merged.outputBytes).toBe(Buffer.byteLength(expected));
    expect(objects.copiedBytes).toBeGreaterThan(merged.outputBytes / 2);
    expect(objects.largestPart).toBeLessThan(6 * mebibyte);
  });
});
