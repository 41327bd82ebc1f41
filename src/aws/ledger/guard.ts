import { newGuardRecord, type GuardRecord } from '../../core/automatic-failover.js';
import type { CallOptions } from '../../workflow/call-options.js';
import { encodeMembers, type Plain } from './attributes.js';
import { guardKey } from './keys.js';
import { readMembers } from './reads.js';
import type { Table } from './table.js';

/** What the automatic failover of a Region remembers. One function writes it, one invocation at a time. */
export interface GuardLedger {
  readGuard(region: string, options?: CallOptions): Promise<GuardRecord>;
  writeGuard(region: string, record: GuardRecord, options?: CallOptions): Promise<void>;
}

export function createGuardLedger(table: Table): GuardLedger {
  return {
    async readGuard(region, options) {
      return (await readMembers<GuardRecord>(table, guardKey(region), options)) ?? newGuardRecord();
    },
    async writeGuard(region, record, options) {
      await table.put({ ...guardKey(region), ...encodeMembers(JSON.parse(JSON.stringify(record)) as { [name: string]: Plain }) }, undefined, options);
    },
  };
}
