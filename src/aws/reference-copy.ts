import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isTransient } from '../core/failure.js';
import { referenceKey } from '../core/record.js';
import { itemOf, type ReferenceEntry } from './reference-data.js';

export interface ReferenceCopyOptions {
  /** Where the rows were written: asked when the copy shows another row, which a later line of the file may have written. */
  original: DynamoDBClient;
  copy: DynamoDBClient;
  table: string;
  /** Of a monotonic clock: rows that are not there then are counted as missing. */
  deadlineMs: number;
  signal?: AbortSignal;
  onProgress?(rows: number): void;
}

type Item = Record<string, AttributeValue>;

/** BatchGetItem takes at most 100 keys (Amazon DynamoDB API Reference). */
const keysPerRequest = 100;
const concurrentRequests = 8;

/**
 * Looks for every row in the Region that the table replicates to, until it is there as it was written: a job that runs
 * there would reject the rows of its file that need one that is not. Tells how many uuids are missing, and one of them.
 */
export async function awaitReferenceCopy(entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>, options: ReferenceCopyOptions): Promise<{ missing: number; example?: string }> {
  const chunks = chunksOf(entries);
  let [missing, seen] = [0, 0];
  let example: string | undefined;
  const worker = async (): Promise<void> => {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      const left = await awaitChunk(next.value, options);
      missing += left.size;
      seen += next.value.size - left.size;
      for (const uuid of left.keys()) example ??= uuid;
      options.onProgress?.(seen);
    }
  };
  await Promise.all(Array.from({ length: concurrentRequests }, worker));
  return example === undefined ? { missing } : { missing, example };
}

async function* chunksOf(entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>): AsyncGenerator<Map<string, Item>, undefined> {
  let chunk = new Map<string, Item>();
  for await (const entry of entries) {
    chunk.set(entry.uuid, itemOf(entry));
    if (chunk.size < keysPerRequest) continue;
    yield chunk;
    chunk = new Map();
  }
  if (chunk.size > 0) yield chunk;
  return undefined;
}

/** Returns what is still missing when the time is over. */
async function awaitChunk(chunk: Map<string, Item>, options: ReferenceCopyOptions): Promise<Map<string, Item>> {
  const left = new Map(chunk);
  for (let pauseMs = 50; ; pauseMs = Math.min(2000, pauseMs * 2)) {
    options.signal?.throwIfAborted();
    await strikeOff(left, options);
    if (left.size === 0 || performance.now() + pauseMs > options.deadlineMs) return left;
    await delay(pauseMs, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Takes the rows out of `left` that the copy shows as they are. */
async function strikeOff(left: Map<string, Item>, options: ReferenceCopyOptions): Promise<void> {
  const shown = await read(options.copy, [...left.keys()], options, false);
  const others: string[] = [];
  for (const [uuid, item] of shown) {
    if (sameRow(item, left.get(uuid))) left.delete(uuid);
    else others.push(uuid);
  }
  if (others.length === 0) return;
  const written = await read(options.original, others, options, true);
  for (const uuid of others) if (sameRow(shown.get(uuid), written.get(uuid))) left.delete(uuid);
}

async function read(client: DynamoDBClient, uuids: string[], { table, signal }: ReferenceCopyOptions, consistent: boolean): Promise<Map<string, Item>> {
  try {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: uuids.map((uuid) => ({ [referenceKey]: { S: uuid } })), ConsistentRead: consistent } } }),
      signal ? { abortSignal: signal } : {},
    );
    return new Map((answer.Responses?.[table] ?? []).map((item) => [item[referenceKey]?.S ?? '', item]));
  } catch (error) {
    // What could not be seen now is looked for again.
    if (!signal?.aborted && isTransient(error)) return new Map();
    throw error;
  }
}

function sameRow(one: Item | undefined, other: Item | undefined): boolean {
  if (!one || !other) return false;
  return Object.keys(other).every((name) => one[name]?.S === other[name]?.S);
}
