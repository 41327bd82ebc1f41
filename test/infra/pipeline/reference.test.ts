import type { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createReferenceLookup } from '../../../infra/pipeline/reference.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';

type Keys = Record<string, { S: string }>[];
const item = (uuid: string, changes: Record<string, { S?: string; N?: string }> = {}): Record<string, unknown> => ({
  uuid: { S: uuid }, unitsSold: { N: '5' }, unitPrice: { S: '1.50' }, unitCost: { N: '2' }, totalRevenue: { N: '-3' }, totalCost: { N: '4' }, totalProfit: { S: 'a,b' }, ...changes,
});

/** A table that answers as it is told to, and remembers how many keys each read asked for. */
function lookup(answer: (keys: Keys, read: number) => { found: Record<string, unknown>[]; left?: Keys }) {
  const reads: number[] = [];
  const client = { send: ({ input }: BatchGetItemCommand) => {
    const keys = (input.RequestItems?.['t']?.Keys ?? []) as Keys;
    reads.push(keys.length);
    const { found, left = [] } = answer(keys, reads.length);
    return Promise.resolve({ Responses: { t: found }, UnprocessedKeys: left.length === 0 ? {} : { t: { Keys: left } } });
  } } as unknown as DynamoDBClient;
  return { reads, reference: createReferenceLookup({ client, table: 't', clock: new TestClock(), random: () => 0.5 }) };
}

describe('what the reference table adds to a row', () => {
  it('is its columns as they are stored, quoted where they have to be', async () => {
    const { reference } = lookup(() => ({ found: [item('1')] }));
    expect(await reference.find(['1', '2'])).toEqual(new Map([['1', ',5,1.50,2,-3,4,"a,b"']]));
  });

  it('runs in no spreadsheet, whoever filled the table', async () => {
    const { reference } = lookup(() => ({ found: [item('1', { unitsSold: { S: '=HYPERLINK("http://x")' }, totalProfit: { S: '@SUM(A1)' } })] }));
    expect((await reference.find(['1'])).get('1')).toBe(',"\'=HYPERLINK(""http://x"")",1.50,2,-3,4,\'@SUM(A1)');
  });

  it('is asked for again where the table left keys over, and a hundred keys at a time', async () => {
    const keys = Array.from({ length: 150 }, (_, serial) => String(serial));
    const { reference, reads } = lookup((asked, read) => (read === 1 ? { found: asked.slice(1).map((key) => item(key['uuid']!.S)), left: asked.slice(0, 1) } : { found: asked.map((key) => item(key['uuid']!.S)) }));
    expect((await reference.find(keys)).size).toBe(150);
    expect(reads.sort((one, other) => other - one)).toEqual([100, 50, 1]);
  });

  it('is no row that could not be read: that is told, never taken for a row that is not there', async () => {
    const { reference } = lookup((asked) => ({ found: [], left: asked }));
    await expect(reference.find(['1'])).rejects.toThrow(/t left 1 keys unprocessed after \d+ reads/);
  });
});
