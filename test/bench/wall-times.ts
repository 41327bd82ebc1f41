import { partBytesFor } from '../../infra/pipeline/manifest.js';

/** What the model rests on; measured here where `test/bench/README.md` says so, else AWS's documents. */
const sizes = { minBytes: 64 * 1024, maxBytes: 16 * 1024 * 1024, inlineParts: 40 };
const rowBytes = 73;
/** One vCPU: split scans at about 300 MB/s and S3 gives one stream about 80 MB/s; a part is read, processed and enriched. */
const splitBytesPerSecond = 80e6;
const partBytesPerSecond = 80e6;
/** Batch reads of 100 keys cost a vCPU 1.45 ms. */
const keysPerSecond = 69_000;
/** Default quota of an on-demand table: read units a second. A key costs half a unit. */
const tableReadUnits = 40_000;
/** Children of a Distributed Map at a time, and how fast AWS dispatches standard ones. */
const concurrency = 200;
const dispatchPerSecond = 100;
const coldStartSeconds = 1;
/** A copied piece of a multipart upload, of which 8 are under way. */
const copySeconds = 0.15;
const copiesAtOnce = 8;

export interface WallTime {
  rows: number;
  parts: number;
  partMebibytes: number;
  seconds: number;
  boundBy: string;
  /** Null: it cannot finish; `guidanceBreaks` says why. */
  guidanceSeconds: number | null;
  guidanceBreaks: string[];
}

/** Seconds from an input's arrival to the commit, every key distinct, default quotas, cold functions. */
export function wallTimes(rowCounts: readonly number[]): WallTime[] {
  return rowCounts.map((rows) => {
    const bytes = rows * rowBytes;
    const partBytes = partBytesFor(bytes, sizes);
    const parts = Math.max(1, Math.ceil(bytes / partBytes));
    const inline = parts <= sizes.inlineParts;
    const atOnce = inline ? sizes.inlineParts : concurrency;
    const perPart = coldStartSeconds / Math.ceil(parts / atOnce) + Math.min(bytes, partBytes) / partBytesPerSecond + Math.min(rows, partBytes / rowBytes) / keysPerSecond;
    const working = Math.max(perPart * Math.ceil(parts / atOnce), inline ? 0 : parts / dispatchPerSecond);
    const reading = (rows * 0.5) / tableReadUnits;
    const overhead = 4 * coldStartSeconds + 1;
    const seconds = overhead + bytes / splitBytesPerSecond + Math.max(working, reading) + (Math.ceil(parts / copiesAtOnce)) * copySeconds;
    return {
      rows, parts, partMebibytes: Math.round((partBytes / 1_048_576) * 100) / 100, seconds: Math.ceil(seconds),
      boundBy: reading > working ? 'the read quota of the reference table' : overhead > working + bytes / splitBytesPerSecond ? 'cold starts' : 'computing',
      ...guidance(rows),
    };
  });
}

/** Two transitions a row at 5,000 a second, and 100 concurrent HTTP calls' worth of functions are in its favour. */
function guidance(rows: number): Pick<WallTime, 'guidanceSeconds' | 'guidanceBreaks'> {
  const limits: [rows: number, what: string, fatal: boolean][] = [
    [5401, 'the order of the output: part10 before part2', false],
    [15_001, 'function concurrency: throttled valid rows end as errors', false],
    [111_000, 'memory of its merge at 128 MB', true],
    [599_401, 'one page of a list: parts are dropped', true],
    [1_442_400, 'payload of its orchestrator', true],
    [1_873_200, 'history of its execution', true],
  ];
  const broken = limits.filter(([from]) => rows >= from);
  const seconds = 10 + (4 + 4 * Math.ceil(rows / 600) + 2 * rows) / 5000;
  return { guidanceSeconds: broken.some(([, , fatal]) => fatal) ? null : Math.ceil(seconds), guidanceBreaks: broken.map(([from, what]) => `from ${from} rows: ${what}`) };
}
