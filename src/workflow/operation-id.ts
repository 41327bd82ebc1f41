import { randomBytes } from 'node:crypto';

/** Ids sort by time, so that histories and journals do too. */
export function newOperationId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${randomBytes(3).toString('hex')}`;
}
