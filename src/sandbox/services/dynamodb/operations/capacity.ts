import type { Replica } from '../tables/table.js';

export interface ConsumedCapacity {
  TableName: string;
  CapacityUnits: number;
  Table?: { CapacityUnits: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits: number }>;
}

const readUnitBytes = 4096;
const writeUnitBytes = 1024;

/** Half a unit for each started 4 KB, a whole one when strongly consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * (consistent ? 1 : 0.5);
}

/** One unit for each started 1 KB of the larger of the item before and after. */
export function writeUnits(before: number, after: number): number {
  return Math.max(1, Math.ceil(Math.max(before, after) / writeUnitBytes));
}

/** The answer's ConsumedCapacity, when the request asked for one. */
export function capacity(asked: string | undefined, replica: Replica, units: number, indexName?: string): { ConsumedCapacity?: ConsumedCapacity } {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return {};
  const consumed: ConsumedCapacity = { TableName: replica.table.name, CapacityUnits: units };
  if (asked === 'INDEXES') {
    consumed.Table = { CapacityUnits: indexName ? 0 : units };
    if (indexName) consumed.GlobalSecondaryIndexes = { [indexName]: { CapacityUnits: units } };
  }
  return { ConsumedCapacity: consumed };
}
