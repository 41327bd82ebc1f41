import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from './clock.js';
import { mapConcurrently } from './concurrency.js';
import { csvRow } from '../../src/core/csv.js';
import { referenceAttributes, referenceKey } from '../../src/core/record.js';
import { withoutFormula } from '../../src/core/spreadsheet-formulas.js';

/** The enrichment of a record as the text that ends its output line (`,123,4.5,…` without a line break). */
export interface ReferenceLookup {
  /** Keys without a reference row are missing from the answer. */
  find(keys: readonly string[]): Promise<Map<string, string>>;
}

export interface ReferenceOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  random: () => number;
}

const keysPerRead = 100;
const readsAtOnce = 8;
/** With full jitter up to 5 s each: a throttled table gets about half a minute, then the state machine tries again. */
const attempts = 12;

/**
 * Reads the reference table in batches. It is an eventual global table that changes rarely, so the reads are eventually
 * consistent, at half the price.
 */
export function createReferenceLookup({ client, table, clock, random }: ReferenceOptions): ReferenceLookup {
  async function readBatch(keys: string[], found: Map<string, string>): Promise<void> {
    let wanted: Record<string, AttributeValue>[] = keys.map((key) => ({ [referenceKey]: { S: key } }));
    for (let attempt = 0; wanted.length > 0; attempt += 1) {
      if (attempt === attempts) throw new Error(`${table} left ${wanted.length} keys unprocessed after ${attempts} reads`);
      if (attempt > 0) await clock.sleep(Math.ceil(random() * Math.min(5000, 50 * 2 ** attempt)));
      const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: wanted } } }));
      for (const item of answer.Responses?.[table] ?? []) found.set(item[referenceKey]?.S ?? '', lineEndOf(item));
      wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }
  return {
    async find(keys) {
      const found = new Map<string, string>();
      const batches: string[][] = [];
      for (let start = 0; start < keys.length; start += keysPerRead) batches.push(keys.slice(start, start + keysPerRead));
      await mapConcurrently(batches, readsAtOnce, (batch) => readBatch(batch, found));
      return found;
    },
  };
}

/** Numbers may be stored as numbers or, to keep their digits exactly, as text. */
function lineEndOf(item: Record<string, AttributeValue>): string {
  const values = referenceAttributes.map((name) => item[name]?.S ?? item[name]?.N ?? '');
  return `,${csvRow(values.map((value) => withoutFormula(value)))}`;
}
