import type { Claim } from './job.js';

/** Where things lie in a Region's bucket. Both buckets have the same layout, because each replicates to the other. */
export const prefixes = { input: 'input/', work: 'work/', output: 'output/', canary: 'canary/' } as const;

/** Parts are a pure function of input version and range, so every epoch and attempt shares them. */
export function manifestKey(jobId: string): string {
  return `${prefixes.work}${jobId}/manifest.json`;
}

export function partsPrefix(jobId: string): string {
  return `${prefixes.work}${jobId}/parts/`;
}

export function partKey(jobId: string, index: number): string {
  return `${partsPrefix(jobId)}${String(index).padStart(6, '0')}.csv`;
}

export function partRejectsKey(jobId: string, index: number): string {
  return `${partsPrefix(jobId)}${String(index).padStart(6, '0')}.rejects.csv`;
}

/** Outputs carry the claim, so that a lost race leaves an orphan and never overwrites the output that counts. */
export function outputKey(jobId: string, key: string, claim: Claim): string {
  return `${outputPrefix(key)}${jobId}/${claimLabel(claim)}/${baseName(key)}.csv`;
}

export function rejectsKey(jobId: string, key: string, claim: Claim): string {
  return `${outputPrefix(key)}${jobId}/${claimLabel(claim)}/${baseName(key)}.rejects.csv`;
}

/** What synthetic jobs write stays under their own prefix, where a lifecycle rule takes it away: outputs are kept. */
function outputPrefix(key: string): string {
  return key.startsWith(prefixes.canary) ? `${prefixes.canary}output/` : prefixes.output;
}

/**
 * At most 80 characters, from `0-9 A-Z a-z - _`. The same claim gives the same name, so starting it twice is harmless
 * (StartExecution is idempotent for a running standard execution and refuses a closed one).
 */
export function executionName(jobId: string, claim: Claim): string {
  return `${jobId}-${claimLabel(claim)}`;
}

/** The error that a stopped execution carries when a newer epoch took its job over: no failure of the job. */
export const supersededExecution = 'Superseded';

/** The epoch under which an execution was started; undefined for a name that is not ours. */
export function epochOfExecution(name: string): number | undefined {
  const label = /^[0-9a-f]{32}-e(\d+)-a\d+$/.exec(name);
  return label ? Number(label[1]) : undefined;
}

export function claimLabel(claim: Pick<Claim, 'epoch' | 'attempt'>): string {
  return `e${claim.epoch}-a${claim.attempt}`;
}

/** Of S3's 1,024 bytes for a key, what folders, claim and ending of an output leave to the name of its input. */
const maxNameBytes = 900;

function baseName(key: string): string {
  const last = key.slice(key.lastIndexOf('/') + 1).replace(/\.csv$/i, '');
  if (Buffer.byteLength(last) <= maxNameBytes) return last || 'output';
  let [kept, bytes] = ['', 0];
  for (const character of last) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxNameBytes) break;
    kept += character;
  }
  return kept;
}
