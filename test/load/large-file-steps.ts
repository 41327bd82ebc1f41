import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { merge } from '../../infra/pipeline/merge.js';
import { processPart } from '../../infra/pipeline/process-part.js';
import { readManifest, split } from '../../infra/pipeline/split.js';
import { createTelemetry } from '../../infra/pipeline/telemetry.js';
import { InputRejected } from '../../infra/pipeline/rejection.js';
import type { JobRunInput } from '../../src/core/job.js';
import { manifestKey, partKey } from '../../src/core/layout.js';
import { csvRow } from '../../src/core/csv.js';
import { outputColumns } from '../../src/core/record.js';
import { largeInput, referencesInMemory, writeHollow, type LargeInput } from './large-input.js';
import { cpuSeconds, heldMebibytes, peakResidentMebibytes } from './memory.js';
import { createWeighingStore, type WeighingStore } from './weighing-store.js';

export type Step = 'split' | 'process-part' | 'merge';
export type Kind = 'on disk' | 'in ranges' | 'hollow';
export const kinds = { hollow: 'hollow' } as const;

export interface Outcome {
  cpuSeconds: number;
  peakMebibytes: number;
  /** Mebibytes after each tenth of the work: what is held after a collection, and what was resident at the highest so far. */
  looks: { held: number; peak: number }[];
  refusal?: string;
  facts: Partial<Record<Fact, number>>;
}

type Fact =
  | 'parts' | 'largestPart' | 'gaps' | 'payloadBytes' | 'rowsIn' | 'rowsOut' | 'rowsRejected' | 'wrongParts' | 'slowestPartSeconds'
  | 'outputBytes' | 'wantedBytes' | 'pieces' | 'smallestPiece' | 'moved' | 'copied';

const sizes = { minBytes: 64 * 1024, maxBytes: 16 * 1024 * 1024, inlineParts: 40 };
const quiet = createTelemetry({ deployment: 'load', region: 'us-east-1', functionName: 'load', clock: { now: () => new Date(), sleep: () => Promise.resolve() }, write: () => undefined });
const job = { jobId: 'f'.repeat(32), key: 'input/large.csv', versionId: 'v0', epoch: 1, region: 'us-east-1', attempt: 1 };

/** One function's work on a whole file: every part of it one after the other, as a warm environment does. */
export async function workOn(step: Step, bytes: number, kind: Kind, folder: string): Promise<Outcome> {
  const file = path.join(folder, 'input.csv');
  if (kind === 'hollow') writeHollow(file, bytes);
  // Written by the first step; the others only need to know what it holds.
  const input = kind === 'hollow' ? hollowInput(file) : largeInput(bytes, kind === 'on disk' ? file : undefined);
  const looks: Outcome['looks'] = [];
  const run: JobRunInput = { ...job, bytes: input.bytes };
  const began = cpuSeconds();
  try {
    const facts = await ({ split: splitting, 'process-part': processing, merge: merging } as const)[step](run, input, folder, async () => { looks.push({ peak: peakResidentMebibytes(), held: await heldMebibytes() }); });
    return { cpuSeconds: cpuSeconds() - began, peakMebibytes: peakResidentMebibytes(), looks, facts };
  } catch (error) {
    if (!(error instanceof InputRejected)) throw error;
    return { cpuSeconds: cpuSeconds() - began, peakMebibytes: peakResidentMebibytes(), looks, refusal: error.code, facts: { moved: readSoFar } };
  }
}

let readSoFar = 0;

async function splitting(run: JobRunInput, input: LargeInput, folder: string, look: () => Promise<void>): Promise<Outcome['facts']> {
  let next = input.bytes / 10;
  async function* watched(start: number, end: number): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.read(start, end)) {
      readSoFar += chunk.length;
      yield chunk;
      if (readSoFar < next) continue;
      next += input.bytes / 10;
      await look();
    }
  }
  const objects = storeOf(run, folder, watched);
  const result = await split(run, { objects, sizes, telemetry: quiet });
  objects.save();
  const parts = await partsOf(run, objects);
  const header = csvRow(outputColumns.slice(0, 8)).length + 1;
  return {
    parts: parts.length,
    largestPart: parts.reduce((most, part) => Math.max(most, part.end - part.start), 0),
    gaps: parts.filter((part, index) => part.start !== (parts[index - 1]?.end ?? header)).length + (parts.at(-1)?.end === input.bytes ? 0 : 1),
    payloadBytes: Buffer.byteLength(JSON.stringify(result)),
    rowsIn: input.rows.in, rowsOut: input.rows.out, rowsRejected: input.rows.rejected,
  };
}

async function processing(run: JobRunInput, input: LargeInput, folder: string, look: () => Promise<void>): Promise<Outcome['facts']> {
  let position = 0;
  let wrongParts = 0;
  const objects = storeOf(run, folder, input.read, (key, body) => {
    if (!/\d\.csv$/.test(key)) return;
    if (!input.outputIs(position, body)) wrongParts += 1;
    position += body.length;
  });
  const reference = referencesInMemory();
  const parts = await partsOf(run, objects);
  const rows = { in: 0, out: 0, rejected: 0 };
  let slowestPartSeconds = 0;
  for (const part of parts) {
    const before = cpuSeconds();
    const outcome = await processPart(run, part, { objects, reference, telemetry: quiet });
    slowestPartSeconds = Math.max(slowestPartSeconds, cpuSeconds() - before);
    for (const name of ['in', 'out', 'rejected'] as const) rows[name] += outcome.rows[name];
    if (Math.floor((part.index * 10) / parts.length) < Math.floor(((part.index + 1) * 10) / parts.length)) await look();
  }
  objects.save();
  return { rowsIn: rows.in, rowsOut: rows.out, rowsRejected: rows.rejected, wrongParts: wrongParts + (position === input.outputBytes ? 0 : 1), slowestPartSeconds };
}

async function merging(run: JobRunInput, input: LargeInput, folder: string, look: () => Promise<void>): Promise<Outcome['facts']> {
  const objects = storeOf(run, folder, input.read);
  const parts = await partsOf(run, objects);
  const result = await merge(run, parts.length, { objects, telemetry: quiet });
  await look();
  const { moved, copied, uploads } = objects.weighed;
  const pieces = uploads[0] ?? [];
  return {
    outputBytes: result.outputBytes, wantedBytes: input.outputBytes + csvRow(outputColumns).length + 1,
    pieces: pieces.length, smallestPiece: pieces.slice(0, -1).reduce((least, piece) => Math.min(least, piece), Infinity), moved, copied,
  };
}

function storeOf(run: JobRunInput, folder: string, readInput: (start: number, end: number) => AsyncIterable<Uint8Array>, onWrite?: (key: string, body: Uint8Array) => void): WeighingStore {
  return createWeighingStore({
    folder, readInput, beginningOf: partKey(run.jobId, 0), ...(onWrite ? { onWrite } : {}),
    input: { key: run.key, versionId: run.versionId, bytes: run.bytes, etag: '"input"', metadata: {} },
  });
}

async function partsOf(run: JobRunInput, objects: WeighingStore): ReturnType<typeof readManifest> {
  const manifest = await objects.head(manifestKey(run.jobId));
  if (!manifest) throw new Error('split has written no manifest');
  return readManifest(run.jobId, manifest, objects);
}

function hollowInput(file: string): LargeInput {
  const nothing = { in: 0, out: 0, rejected: 0 };
  return { bytes: statSync(file).size, rows: nothing, outputBytes: 0, outputIs: () => false, read: (start, end) => createReadStream(file, { start, end: end - 1 }) as AsyncIterable<Uint8Array> };
}
