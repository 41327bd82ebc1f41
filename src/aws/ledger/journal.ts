import { gunzipSync, gzipSync } from 'node:zlib';
import type { OperationEvent } from '../../core/operation.js';
import { ExitCode, OperatorError } from '../../errors.js';
import type { CallOptions } from '../../workflow/call-options.js';
import { type Attributes, encode, samePlain } from './attributes.js';
import { journalPartition, journalSort, keyOf } from './keys.js';
import type { Table } from './table.js';

/**
 * An item holds at most 400 KB, and a plan or a result names every job that it touches. So an event is stored compressed
 * and, when it is still larger than this, continued in further items.
 */
const chunkBytes = 350_000;

/**
 * Writes one event at its place. Writing the same event again is nothing; another event at the same place means that
 * two processes drive one operation.
 *
 * @throws OperatorError `JOURNAL_CONFLICT`
 */
export async function appendEvent(table: Table, operationId: string, sequence: number, event: OperationEvent, options?: CallOptions): Promise<void> {
  const body = gzipSync(JSON.stringify(event));
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < body.length; start += chunkBytes) chunks.push(body.subarray(start, start + chunkBytes));
  // The first chunk is written last: an event whose first chunk stands is complete. Whoever comes second to the place
  // must not touch what is there, so a taken place is looked at before its continuations are written.
  const pk = journalPartition(operationId);
  if (chunks.length > 1) {
    const standing = (await readEvents(table, operationId, sequence, options))[0];
    if (standing) return assertSame(standing, event, operationId, sequence);
    for (let place = 1; place < chunks.length; place += 1) await table.put({ ...keyOf(pk, journalSort(sequence, place)), body: { B: chunks[place]! } }, undefined, options);
  }
  const head = { ...keyOf(pk, journalSort(sequence)), type: encode(event.type), at: encode(event.at), chunks: encode(chunks.length), body: { B: chunks[0]! } };
  const written = await table.put(head, { condition: 'attribute_not_exists(pk)' }, options);
  if (written.written) return;
  const standing = (await readEvents(table, operationId, sequence, options))[0];
  if (standing) assertSame(standing, event, operationId, sequence);
}

export async function readJournal(table: Table, operationId: string, options?: CallOptions): Promise<OperationEvent[]> {
  return readEvents(table, operationId, undefined, options);
}

async function readEvents(table: Table, operationId: string, sequence: number | undefined, options?: CallOptions): Promise<OperationEvent[]> {
  const items = await table.query({
    KeyConditionExpression: sequence === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :place)',
    ExpressionAttributeValues: { ':pk': encode(journalPartition(operationId)), ...(sequence === undefined ? {} : { ':place': encode(journalSort(sequence)) }) },
    ConsistentRead: true,
  }, options);
  const bySort = new Map(items.map((item) => [item.sk?.S ?? '', item]));
  return items.filter((item) => item.chunks !== undefined).map((head) => eventOf(head, bySort));
}

function eventOf(head: Attributes, bySort: Map<string, Attributes>): OperationEvent {
  const chunks: Uint8Array[] = [];
  for (let place = 0; place < Number(head.chunks?.N); place += 1) {
    const item = place === 0 ? head : bySort.get(journalSort(Number(head.sk?.S), place));
    if (!item?.body?.B) throw new Error(`event ${head.sk?.S} of ${head.pk?.S} misses its continuation ${place}`);
    chunks.push(item.body.B);
  }
  return JSON.parse(gunzipSync(Buffer.concat(chunks)).toString('utf8')) as OperationEvent;
}

function assertSame(standing: OperationEvent, event: OperationEvent, operationId: string, sequence: number): void {
  if (samePlain(standing, event)) return;
  throw new OperatorError('JOURNAL_CONFLICT', `Event ${sequence} of operation ${operationId} was written by somebody else, who goes on with it; this process changed nothing further.`, {
    exitCode: ExitCode.interrupted,
    nextSteps: ['See who drives it: batchctl status', `If nobody does any more: batchctl failover --resume ${operationId}`],
  });
}
