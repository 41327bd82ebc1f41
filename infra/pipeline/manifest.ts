import { createHash } from 'node:crypto';
import { recordDefinitionVersion } from '../../src/core/record.js';

/** One slice of an input: bytes `start` (inclusive) to `end` (exclusive). */
export interface Part {
  index: number;
  start: number;
  end: number;
  /** Number of its first record, where the header is record 1. */
  firstRow: number;
}

export interface PartSizes {
  minBytes: number;
  maxBytes: number;
  /** Up to this many parts run in an inline Map. */
  inlineParts: number;
}

/** A multipart upload has at most 10,000 parts, and joining two parts may take one more each. */
const maxParts = 9000;

/**
 * How large parts should be: small files are cut so that an inline Map works on all of it at once, large ones into the
 * largest parts allowed. Nothing but the size decides, so both Regions cut alike.
 */
export function partBytesFor(bytes: number, sizes: PartSizes): number {
  const spread = Math.ceil(bytes / sizes.inlineParts);
  const wanted = Math.min(sizes.maxBytes, Math.max(sizes.minBytes, spread));
  return Math.max(wanted, Math.ceil(bytes / maxParts));
}

export function manifestIdentity(versionId: string, partBytes: number): string {
  return digest(['manifest', versionId, partBytes]);
}

/** What makes a part object the right one, whoever wrote it: the same bytes under the same rules. */
export function partIdentity(versionId: string, part: Pick<Part, 'start' | 'end' | 'firstRow'>): string {
  return digest(['part', recordDefinitionVersion, versionId, part.start, part.end, part.firstRow]);
}

export function digest(facts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 40);
}
