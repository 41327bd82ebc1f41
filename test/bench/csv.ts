/** process-part against Python's csv module, and split against plainly reading: `bench.mjs csv [--megabytes 200] [--runs 5]`. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { findParts } from '../../infra/pipeline/split.js';
import { transform } from '../../infra/pipeline/transform.js';
import { sampleText } from '../../src/cli/sample/order-rows.js';
import { referenceValues, sampleUuid } from '../../src/cli/sample/reference-rows.js';
import { csvRow } from '../../src/core/csv.js';
import { ratioLine } from './ratios.js';

const references = 20_000;
const partBytes = 16 * 1024 * 1024;
const scratch = process.env['BENCH_SCRATCH']!;
const root = process.env['BENCH_ROOT']!;

interface Measured {
  /** CPU, user and system: the wall clock of a shared machine measures the others. */
  seconds: number;
  rowsIn: number;
  rowsOut: number;
  digest?: string | null;
  peakMegabytes?: number;
}

type Kind = 'as sampled' | 'quote-free' | 'every field quoted';

/** A file of the sample workload with one bad row in a thousand: a seeded stretch, repeated. */
function writeFile(kind: Kind, megabytes: number): string {
  const file = path.join(scratch, `${kind.replaceAll(' ', '-')}-${megabytes}.csv`);
  const [header, ...lines] = [...sampleText({ rows: 100_000, bad: 100, seed: 11, references })].join('').trimEnd().split('\n');
  const rows = kind === 'as sampled' ? lines : lines.filter((line) => !line.includes('"'));
  const stretch = Buffer.from(rows.map((line) => `${kind === 'every field quoted' ? line.replaceAll(/[^,]+/g, '"$&"') : line}\n`).join(''));
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, `${header}\n`);
  for (let bytes = 0; bytes < megabytes * 1e6; bytes += stretch.length) writeSync(descriptor, stretch);
  closeSync(descriptor);
  return file;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Both functions one after the other, as the state machine runs them, with a reference table in memory. */
async function processFile(file: string, digestWanted: boolean): Promise<Measured> {
  const known = new Map(Array.from({ length: references }, (_, index) => [sampleUuid(index), `,${csvRow(referenceValues(sampleUuid(index)))}`]));
  const reference = { find: (keys: readonly string[]) => Promise.resolve(new Map(keys.flatMap((key) => (known.has(key) ? [[key, known.get(key)!] as const] : [])))) };
  const { parts } = await findParts(createReadStream(file), partBytes);
  const hash = createHash('sha256');
  let rowsIn = 0;
  let rowsOut = 0;
  const began = cpuSeconds();
  for (const part of parts) {
    const { rows, output } = await transform(createReadStream(file, { start: part.start, end: part.end - 1 }), part.firstRow, reference);
    rowsIn += rows.in;
    rowsOut += rows.out;
    if (digestWanted) hash.update(output);
  }
  const seconds = cpuSeconds() - began;
  return { seconds, rowsIn, rowsOut, digest: hash.digest('hex'), peakMegabytes: process.resourceUsage().maxRSS / 1000 };
}

async function splitFile(file: string): Promise<Measured> {
  const began = cpuSeconds();
  const { records } = await findParts(createReadStream(file), partBytes);
  return { seconds: cpuSeconds() - began, rowsIn: records, rowsOut: records };
}

/** The floor of split: the same stream, and the positions of its line feeds. */
async function searchNewlines(file: string): Promise<Measured> {
  const began = cpuSeconds();
  let lines = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  }
  return { seconds: cpuSeconds() - began, rowsIn: lines, rowsOut: lines };
}

/** Each measurement is a process of its own, so that none profits from the warmth of another. */
function inOwnProcess(work: string, file: string, digest = false): Measured {
  return JSON.parse(execFileSync(process.execPath, [process.argv[1]!, '--work', work, file, ...(digest ? ['digest'] : [])], { encoding: 'utf8' })) as Measured;
}

function peer(file: string, referenceFile: string, digest = false): Measured {
  return JSON.parse(execFileSync('python3', [path.join(root, 'test/bench/csv_peer.py'), file, referenceFile, ...(digest ? ['digest'] : [])], { encoding: 'utf8' })) as Measured;
}

function compare(kind: Kind, megabytes: number, runs: number, referenceFile: string): void {
  const file = writeFile(kind, megabytes);
  const bytes = statSync(file).size;
  const [ours, theirs] = [inOwnProcess('process', file, true), peer(file, referenceFile, true)];
  if (ours.digest !== theirs.digest || ours.rowsOut !== theirs.rowsOut) throw new Error(`${kind}: the outputs differ (${ours.rowsOut} rows here, ${theirs.rowsOut} by the peer)`);
  const pairs = Array.from({ length: runs }, () => [peer(file, referenceFile).seconds, inOwnProcess('process', file).seconds] as const);
  console.log(ratioLine(`process-part, ${kind}: rows/s, × Python's csv`, pairs));
  console.log(`  ${Math.round(bytes / 1e6)} MB, ${ours.rowsIn} rows, the same ${ours.rowsOut} out of both (SHA-256 ${ours.digest?.slice(0, 12)}); peak ${Math.round(ours.peakMegabytes ?? 0)} MB`);
  const scans = Array.from({ length: runs }, () => [inOwnProcess('newlines', file).seconds, inOwnProcess('split', file).seconds] as const);
  console.log(ratioLine(`split, ${kind}: bytes/s, × reading and searching line feeds`, scans));
}

function flag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}

if (process.argv[2] === '--work') {
  const [, , , work, file, digest] = process.argv;
  const measured = work === 'process' ? await processFile(file!, digest !== undefined) : work === 'split' ? await splitFile(file!) : await searchNewlines(file!);
  console.log(JSON.stringify(measured));
} else {
  const referenceFile = path.join(scratch, 'reference.csv');
  writeFileSync(referenceFile, Array.from({ length: references }, (_, index) => `${sampleUuid(index)},${csvRow(referenceValues(sampleUuid(index)))}\n`).join(''));
  for (const kind of ['quote-free', 'as sampled', 'every field quoted'] as const) compare(kind, flag('megabytes', 200), flag('runs', 5), referenceFile);
}
