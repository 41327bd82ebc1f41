import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LedgerPipelineWriter, LedgerReader, LedgerWriter } from '../../workflow/ledger-ports.js';
import type { Clock } from '../../workflow/ports.js';
import { systemClock } from '../system-clock.js';
import { createLedgerOperatorWrites } from './operator-writes.js';
import { createLedgerPipelineWrites } from './pipeline-writes.js';
import { createLedgerReads } from './reads.js';
import { createTable } from './table.js';

export type Ledger = LedgerReader & LedgerWriter & LedgerPipelineWriter;

export interface LedgerOptions {
  /** Of the Region whose replica is used. */
  client: DynamoDBClient;
  table: string;
  region: string;
  clock?: Clock;
  /** Uniform in [0, 1), for the jitter between retries. */
  random?: () => number;
}

/**
 * The ledger through one Region's replica of the table. Reads that decide are strongly consistent, every decision is one
 * conditional write on one item, and every write may be repeated: finding its own effect, it reports success.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const clock = options.clock ?? systemClock;
  const table = createTable({ client: options.client, table: options.table, clock, random: options.random ?? Math.random });
  return { ...createLedgerReads(options.region, table, clock), ...createLedgerOperatorWrites(table), ...createLedgerPipelineWrites(table, clock) };
}

/** The same without any way to change something (a dry run is built from it). */
export function createLedgerReader(options: LedgerOptions): LedgerReader {
  const clock = options.clock ?? systemClock;
  return createLedgerReads(options.region, createTable({ client: options.client, table: options.table, clock, random: options.random ?? Math.random }), clock);
}
