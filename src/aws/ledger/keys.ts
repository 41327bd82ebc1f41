import { createHash } from 'node:crypto';
import type { Attributes } from './attributes.js';

/** Names of the two indexes, as `infra/constructs/ledger.ts` makes them. */
export const indexes = { open: 'open', recent: 'recent' } as const;

/** Unfinished jobs spread over this many index partitions, so that a burst of inputs does not heat one. */
export const shardCount = 8;

/** What a job's index entry is there for: to be run, to be redriven, or to have its e-mail settled. */
export type OpenKind = 'open' | 'failed' | 'notify';

export const presencePrefix = 'present#';

export function keyOf(pk: string, sk: string): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

export const controlKey = keyOf('control', 'control');
export const lockKey = keyOf('lock', 'lock');
export const jobKey = (jobId: string): Attributes => keyOf(`job#${jobId}`, 'job');
export const canaryKey = (region: string): Attributes => keyOf('canary', region);
export const observerKey = (region: string, seenFrom: string): Attributes => keyOf(`observer#${region}`, seenFrom);
export const guardKey = (region: string): Attributes => keyOf('guard', region);
export const versionKey = (region: string): Attributes => keyOf('versions', region);
export const operationKey = (operationId: string): Attributes => keyOf('operations', operationId);
export const refusalKey = (at: string, jobId: string, claim: string): Attributes => keyOf('refusals', `${at}#${jobId}#${claim}`);
/** A day of hourly counts is one partition, so that counting a day back takes two queries and not two dozen. */
export const tallyPartition = (day: string): string => `tally#${day}`;
export const tallySort = (hour: string, region: string): string => `${hour}#${region}`;
export const journalPartition = (operationId: string): string => `journal#${operationId}`;

/** Zero-padded, so that the sort key's order is the journal's. Continuations of one event sort right behind it. */
export function journalSort(sequence: number, continuation = 0): string {
  const place = String(sequence).padStart(8, '0');
  return continuation === 0 ? place : `${place}#${String(continuation).padStart(4, '0')}`;
}

/** `2026-11-21T06` of an ISO time. */
export function hourOf(at: string): string {
  return at.slice(0, 13);
}

export function dayOf(at: string): string {
  return at.slice(0, 10);
}

export function shardOf(jobId: string): number {
  return createHash('sha256').update(jobId).digest()[0]! % shardCount;
}

export function openShard(kind: OpenKind, jobId: string): string {
  return `${kind}#${shardOf(jobId)}`;
}

export function dayShard(day: string, shard: number): string {
  return `${day}#${shard}`;
}

/** Oldest first within a shard of either index. */
export function acceptanceSort(acceptedAt: string, jobId: string): string {
  return `${acceptedAt}#${jobId}`;
}

export const everyShard: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);
