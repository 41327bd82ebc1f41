/**
 * Files of 10 MB to 20 GB through split, process-part and merge, each function in a process of its own as in Lambda: is the plan within the
 * quotas, is every byte of the output right, and does memory stay where it was? Files up to 1 GB lie on the disk; larger ones are ranges that
 * are made when they are read, in the place where S3 is read.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { minPartBytes } from '../../infra/pipeline/merge-plan.js';
import { judge, grouped, isSmall, scratch, tell } from './promises.js';
import { kinds, workOn, type Kind, type Outcome, type Step } from './large-file-steps.js';

/** Of process-part, split and merge, as infra/constructs/batch-functions.ts sizes them. */
const memoryMegabytes = 1769;
/** Seconds: the shortest of the time-outs of the three. */
const timeoutSeconds = 600;
/** Bytes of a state's payload. Source: Step Functions quotas. */
const payloadQuota = 262_144;
/** Parts of a multipart upload. Source: Amazon S3 multipart upload limits. */
const multipartQuota = 10_000;

const gigabyte = 1e9;
const sizes: readonly { name: string; bytes: number; kind: Kind }[] = isSmall
  ? [{ name: '10 MB', bytes: 1e7, kind: 'on disk' }, { name: '700 MB', bytes: 7e8, kind: 'on disk' }, { name: '1 GB', bytes: gigabyte, kind: 'in ranges' }]
  : [
    { name: '10 MB', bytes: 1e7, kind: 'on disk' }, { name: '1 GB', bytes: gigabyte, kind: 'on disk' }, { name: '20 GB', bytes: 20 * gigabyte, kind: 'in ranges' },
  ];

if (process.argv[2] === '--step') {
  const [, , , step, bytes, kind, folder] = process.argv;
  process.stdout.write(JSON.stringify(await workOn(step as Step, Number(bytes), kind as Kind, folder!)));
} else {
  const seen = new Map<Step, { name: string; looks: Outcome['looks'] }[]>();
  for (const size of sizes) for (const [step, outcome] of judgeSize(size)) seen.set(step, [...seen.get(step) ?? [], { name: size.name, looks: outcome.looks }]);
  for (const [step, each] of seen) judgeFlatness(step, each);
  judgeHollow();
}

function inOwnProcess(step: Step, bytes: number, kind: Kind, folder: string): Outcome {
  const said = execFileSync(process.execPath, [...process.execArgv, process.argv[1]!, '--step', step, String(bytes), kind, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 });
  return JSON.parse(said) as Outcome;
}

function judgeSize({ name, bytes, kind }: (typeof sizes)[number]): [Step, Outcome][] {
  const folder = path.join(scratch, name.replace(' ', '-'));
  mkdirSync(folder);
  const [split, processed, merged] = (['split', 'process-part', 'merge'] as const).map((step) => {
    const outcome = inOwnProcess(step, bytes, kind, folder);
    tell(`${name} ${kind}, ${step}: ${outcome.cpuSeconds.toFixed(1)} s of a core, resident at the highest ${outcome.peakMebibytes.toFixed(0)} MiB`);
    tell(`  after each tenth: held ${outcome.looks.map(({ held }) => held.toFixed(1)).join(', ')} MiB; resident at the highest ${outcome.looks.map(({ peak }) => peak.toFixed(0)).join(', ')} MiB`);
    return outcome;
  }) as [Outcome, Outcome, Outcome];
  const { parts = 0, largestPart = 0, gaps, payloadBytes = 0 } = split.facts;
  judge(`${name}: the plan covers every byte once, within the quotas`, gaps === 0 && payloadBytes < payloadQuota && parts < multipartQuota && largestPart <= 16.1 * 2 ** 20,
    `${grouped(parts)} parts, the largest ${grouped(largestPart)} bytes, ${grouped(payloadBytes)} bytes of payload`);
  const { rowsIn, rowsOut, rowsRejected, wrongParts, slowestPartSeconds = 0 } = processed.facts;
  judge(`${name}: every row comes out right or is rejected`, wrongParts === 0 && rowsIn === split.facts.rowsIn && rowsOut === split.facts.rowsOut && rowsRejected === split.facts.rowsRejected,
    `${grouped(rowsIn ?? 0)} rows in, ${grouped(rowsOut ?? 0)} out and compared byte by byte, ${grouped(rowsRejected ?? 0)} rejected`);
  const { outputBytes = 0, wantedBytes, pieces = 0, smallestPiece = 0, moved = 0, copied = 0 } = merged.facts;
  judge(`${name}: the output is joined within the quotas, and S3 copies what is large`, outputBytes === wantedBytes && pieces <= multipartQuota && (pieces < 2 || smallestPiece >= minPartBytes) && moved < 2e7 + bytes / 100,
    `${grouped(outputBytes)} bytes in ${pieces} pieces; ${grouped(moved)} bytes passed through the function, ${grouped(copied)} did not`);
  judge(`${name}: within the functions' memory and time`, Math.max(...[split, processed, merged].map((each) => each.peakMebibytes)) < memoryMegabytes && Math.max(split.cpuSeconds, merged.cpuSeconds, slowestPartSeconds) < timeoutSeconds,
    `split ${split.cpuSeconds.toFixed(1)} s, the slowest part ${slowestPartSeconds.toFixed(2)} s, merge ${merged.cpuSeconds.toFixed(1)} s, of one core`);
  rmSync(folder, { recursive: true });
  return [['split', split], ['process-part', processed], ['merge', merged]];
}

/**
 * Flat: after a collection no file usually holds more than another (parts of the smallest are smaller, so it is no measure), and what is
 * resident, which garbage not yet collected moves up and down, no longer rises once the largest file is half done.
 */
function judgeFlatness(step: Step, seen: readonly { name: string; looks: Outcome['looks'] }[]): void {
  // A look may fall into the moment in which a part is still in somebody's hands.
  const usually = seen.map(({ looks }) => looks.map(({ held }) => held).sort((left, right) => left - right)[Math.floor(looks.length / 2)]!);
  const [, full, ...larger] = usually;
  const { looks } = seen.at(-1)!;
  const peaks = [looks[Math.floor(looks.length / 2)]!.peak, looks.at(-1)!.peak] as const;
  judge(`${step}: memory is flat from ${seen[0]!.name} to ${seen.at(-1)!.name}`, Math.max(...larger) <= full! + 4 && peaks[1] <= peaks[0] * 1.1,
    `held ${seen.map(({ name }, place) => `${name} ${usually[place]!.toFixed(1)} MiB`).join(', ')}; resident ${peaks.map((peak) => peak.toFixed(0)).join(' MiB half way, ')} MiB in the end`);
}

/** Twenty gigabytes of which only the beginning was ever written: no CSV, and nobody may look for its end. */
function judgeHollow(): void {
  const folder = path.join(scratch, 'hollow');
  mkdirSync(folder);
  const outcome = inOwnProcess('split', 20 * gigabyte, kinds.hollow, folder);
  judge('a hollow file of 20 GB is refused at its first hole', outcome.refusal === 'NOT_CSV' && outcome.facts.moved! < 2 ** 22 && outcome.peakMebibytes < 300,
    `${outcome.refusal} after ${grouped(outcome.facts.moved ?? 0)} bytes, ${outcome.peakMebibytes.toFixed(0)} MiB`);
}
