import { setTimeout as delay } from 'node:timers/promises';
import { BatchWriteItemCommand, type DynamoDBClient, GetItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { failureKind } from '../core/failure.js';
import { referenceAttributes, referenceKey, type ReferenceRow } from '../core/record.js';
import { OperatorError } from '../errors.js';

export interface ReferenceEntry {
  uuid: string;
  values: ReferenceRow;
}

export interface ReferenceLoadOptions {
  signal?: AbortSignal;
  onProgress?(rows: number): void;
}

/** BatchWriteItem takes at most 25 items (Amazon DynamoDB API Reference). */
const itemsPerRequest = 25;
const concurrentRequests = 8;
const maxTriesWithoutProgress = 10;

/**
 * Writes rows into the reference table and tells how many. What the table hands back as unprocessed is tried again with
 * a growing pause. Throws `REFERENCE_LOAD` when the table takes nothing for too long.
 */
export async function loadReferenceData(client: DynamoDBClient, table: string, entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>, options: ReferenceLoadOptions = {}): Promise<number> {
  const batches = batchesOf(entries);
  let written = 0;
  const worker = async (): Promise<void> => {
    for (let next = await batches.next(); !next.done; next = await batches.next()) {
      options.signal?.throwIfAborted();
      await writeBatch(client, table, next.value, options.signal);
      written += next.value.length;
      options.onProgress?.(written);
    }
  };
  await Promise.all(Array.from({ length: concurrentRequests }, worker));
  return written;
}

/** One request must not name a key twice, so of equal uuids in a batch the last one wins. */
async function* batchesOf(entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>): AsyncGenerator<ReferenceEntry[], undefined> {
  let batch = new Map<string, ReferenceEntry>();
  for await (const entry of entries) {
    batch.set(entry.uuid, entry);
    if (batch.size < itemsPerRequest) continue;
    yield [...batch.values()];
    batch = new Map();
  }
  if (batch.size > 0) yield [...batch.values()];
  return undefined;
}

async function writeBatch(client: DynamoDBClient, table: string, entries: ReferenceEntry[], signal: AbortSignal | undefined): Promise<void> {
  let requests: WriteRequest[] = entries.map((entry) => ({ PutRequest: { Item: itemOf(entry) } }));
  let triesWithoutProgress = 0;
  while (requests.length > 0) {
    const left = await tryBatch(client, table, requests, signal);
    triesWithoutProgress = left.length < requests.length ? 0 : triesWithoutProgress + 1;
    requests = left;
    if (requests.length === 0) return;
    if (triesWithoutProgress > maxTriesWithoutProgress) {
      throw new OperatorError('REFERENCE_LOAD', `The reference table ${table} takes no more writes.`, { nextSteps: ['Load the file again in a minute: rows that are there already are replaced by themselves.'] });
    }
    await delay(Math.min(5000, 50 * 2 ** triesWithoutProgress) * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
  }
}

/** The requests that are still to be written. */
async function tryBatch(client: DynamoDBClient, table: string, requests: WriteRequest[], signal: AbortSignal | undefined): Promise<WriteRequest[]> {
  try {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }), signal ? { abortSignal: signal } : {});
    return answer.UnprocessedItems?.[table] ?? [];
  } catch (error) {
    if (failureKind(error) === 'throttled') return requests;
    throw error;
  }
}

/** A row as the table holds it. */
export function itemOf({ uuid, values }: ReferenceEntry): Record<string, { S: string }> {
  return { uuid: { S: uuid }, ...Object.fromEntries(referenceAttributes.map((column) => [column, { S: values[column] }])) };
}

/** Whether the table holds a row; a strong read, so that a row that was just written is found. */
export async function hasReferenceRow(client: DynamoDBClient, table: string, uuid: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await client.send(new GetItemCommand({ TableName: table, Key: { [referenceKey]: { S: uuid } }, ConsistentRead: true }), signal ? { abortSignal: signal } : {});
  return answer.Item !== undefined;
}
