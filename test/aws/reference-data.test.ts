import { describe, expect, it } from 'vitest';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadReferenceData, type ReferenceEntry } from '../../src/aws/reference-data.js';
import { referenceEntries } from '../../src/cli/sample/reference-rows.js';

type Items = { PutRequest: { Item: { uuid: { S: string } } } }[];

/** A table that takes what `take` lets it take of a request and hands back the rest. */
function table(take: (items: Items, call: number) => number) {
  const written: string[] = [];
  const sizes: number[] = [];
  const client = {
    async send(command: { input: { RequestItems: Record<string, Items> } }) {
      const items = command.input.RequestItems['reference'] as Items;
      const count = take(items, sizes.push(items.length) - 1);
      if (count < 0) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      written.push(...items.slice(0, count).map((item) => item.PutRequest.Item.uuid.S));
      return { UnprocessedItems: count < items.length ? { reference: items.slice(count) } : {} };
    },
  } as unknown as DynamoDBClient;
  return { client, written, sizes };
}

describe('loading reference data', () => {
  it('writes everything, in batches of at most 25', async () => {
    const { client, written, sizes } = table((items) => items.length);
    expect(await loadReferenceData(client, 'reference', referenceEntries(103))).toBe(103);
    expect(new Set(written).size).toBe(103);
    expect(Math.max(...sizes)).toBe(25);
  });

  it('tries again what was handed back or throttled', async () => {
    const { client, written } = table((items, call) => (call % 3 === 0 ? -1 : Math.ceil(items.length / 2)));
    await loadReferenceData(client, 'reference', referenceEntries(60));
    expect(written.length).toBe(60);
  });

  it('writes the last of equal uuids in a batch', async () => {
    const { client, written } = table((items) => items.length);
    const [entry] = referenceEntries(1);
    await loadReferenceData(client, 'reference', [entry as ReferenceEntry, entry as ReferenceEntry]);
    expect(written).toHaveLength(1);
  });

  it('stops at an error that is no throttling', async () => {
    const client = { send: () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' })) } as unknown as DynamoDBClient;
    await expect(loadReferenceData(client, 'reference', referenceEntries(3))).rejects.toThrow('no');
  });
});
