import { describe, expect, it } from 'vitest';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awaitReferenceCopy } from '../../src/aws/reference-copy.js';
import { itemOf, type ReferenceEntry } from '../../src/aws/reference-data.js';
import { referenceEntries } from '../../src/cli/sample/reference-rows.js';

type Item = ReturnType<typeof itemOf>;

/** A Region's table: `shows` says which rows it has at its n-th answer. */
function table(shows: (uuid: string, answer: number) => Item | undefined | Error) {
  let answers = 0;
  const client = {
    async send(command: { input: { RequestItems: { reference: { Keys: { uuid: { S: string } }[] } } } }) {
      answers += 1;
      const found = command.input.RequestItems.reference.Keys.map(({ uuid }) => shows(uuid.S, answers));
      const failure = found.find((each) => each instanceof Error);
      if (failure) throw failure;
      return { Responses: { reference: found.filter((each) => each !== undefined) } };
    },
  } as unknown as DynamoDBClient;
  return { client, answers: () => answers };
}

const entries = [...referenceEntries(250)];
const rows = new Map(entries.map((entry) => [entry.uuid, itemOf(entry)]));
const has = (uuid: string): Item | undefined => rows.get(uuid);
const old = (uuid: string): Item => ({ ...rows.get(uuid) as Item, unitsSold: { S: '-1' } });
const throttled = (): Error => Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
const look = (copy: DynamoDBClient, original = table(has).client, list: readonly ReferenceEntry[] = entries, ms = 400): Promise<{ missing: number; example?: string }> => (
  awaitReferenceCopy(list, { original, copy, table: 'reference', deadlineMs: performance.now() + ms }));

describe('the copy of reference data in the other Region', () => {
  it('is looked at a hundred rows at a time, and once where it is there', async () => {
    const { client, answers } = table(has);
    expect(await look(client)).toEqual({ missing: 0 });
    expect(answers()).toBe(3);
  });

  it('is waited for where it comes late, or shows old rows, or throttles', async () => {
    expect(await look(table((uuid, answer) => (answer > 4 ? has(uuid) : undefined)).client)).toEqual({ missing: 0 });
    expect(await look(table((uuid, answer) => (answer > 4 ? has(uuid) : old(uuid))).client)).toEqual({ missing: 0 });
    expect(await look(table((uuid, answer) => (answer > 4 ? has(uuid) : throttled())).client)).toEqual({ missing: 0 });
  });

  it('is missing what has not come in time, and what is there as it was before', async () => {
    const [first, second] = entries.map((entry) => entry.uuid);
    expect(await look(table((uuid) => (uuid === first ? undefined : uuid === second ? old(uuid) : has(uuid))).client)).toEqual({ missing: 2, example: first });
  });

  it('is right where a later line of the file replaced the row', async () => {
    const [entry] = entries as [ReferenceEntry];
    const replaced = table(old).client;
    expect(await look(table(old).client, replaced, [entry])).toEqual({ missing: 0 });
  });

  it('is not guessed where it may not be seen', async () => {
    await expect(look(table(() => Object.assign(new Error('no'), { name: 'AccessDeniedException' })).client)).rejects.toThrow('no');
  });
});
