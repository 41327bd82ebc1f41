import type { Claim, RowCounts } from '../../src/core/job.js';
import { claimLabel } from '../../src/core/layout.js';
import type { StoredObject } from './objects.js';

/**
 * What a part object says about itself, as S3 user metadata: who made it from what, and how its rows came out. It
 * replicates with the object, so the other Region can tell a finished part from its HEAD.
 */
export interface PartLabels {
  identity: string;
  /** Region, epoch and attempt that wrote it. */
  writer: string;
  rows: RowCounts;
}

export function writerOf(claim: Claim): string {
  return `${claim.region}/${claimLabel(claim)}`;
}

export function partMetadata(labels: PartLabels): Record<string, string> {
  return {
    identity: labels.identity,
    writer: labels.writer,
    'rows-in': String(labels.rows.in),
    'rows-out': String(labels.rows.out),
    'rows-rejected': String(labels.rows.rejected),
  };
}

/** Undefined when the object is absent, of another input or definition, or not labelled as a part at all. */
export function finishedPart(object: StoredObject | undefined, identity: string): PartLabels | undefined {
  if (object?.metadata.identity !== identity) return undefined;
  const rows = { in: Number(object.metadata['rows-in']), out: Number(object.metadata['rows-out']), rejected: Number(object.metadata['rows-rejected']) };
  if (!Number.isSafeInteger(rows.in) || rows.in !== rows.out + rows.rejected) return undefined;
  return { identity, writer: object.metadata.writer ?? '', rows };
}
