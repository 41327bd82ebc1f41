import { describe, expect, it } from 'vitest';
import type { Item } from '../../../../src/sandbox/services/dynamodb/items/attribute-value.js';
import { addNumbers, normaliseNumber, sortableNumber } from '../../../../src/sandbox/services/dynamodb/items/decimal.js';
import { OrderedEntries } from '../../../../src/sandbox/services/dynamodb/items/ordered-entries.js';
import { compareText } from '../../../../src/sandbox/services/dynamodb/items/text-order.js';
import { seededRandom } from '../../../../src/sandbox/random.js';
import { callIn, invoke } from '../data-test-world.js';
import { east, fixture, globalTable, key, openIndex, plainTable, put, read } from './tables.js';

interface Page {
  Items: Item[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Item;
}

describe('numbers', () => {
  it('keep 38 digits and one spelling', () => {
    expect(normaliseNumber('-001.2300')).toBe('-1.23');
    expect(normaliseNumber('1.5e3')).toBe('1500');
    expect(normaliseNumber('-0.0')).toBe('0');
    expect(addNumbers('99999999999999999999999999999999999999', '-1')).toBe('99999999999999999999999999999999999998');
    expect(addNumbers('0.1', '0.2')).toBe('0.3');
    expect(addNumbers('1', '3', true)).toBe('-2');
    expect(() => addNumbers('99999999999999999999999999999999999999', '0.1')).toThrow(/38 significant digits/);
  });

  it('sort as text in their numeric order', () => {
    const ordered = ['-1e125', '-123', '-12.5', '-12', '-1.23', '-1.2', '-0.001', '-1e-130', '0', '1e-130', '0.02', '0.1', '1.2', '1.23', '9', '10', '12345', '9.9e125'];
    const texts = ordered.map(sortableNumber);
    expect([...texts].sort(compareText)).toEqual(texts);
  });
});

describe('text', () => {
  it('sorts by the bytes of UTF-8', () => {
    const texts = ['', 'a', 'aa', 'é', '\uFFEE', '\u{1F600}', '\u{10FFFF}', '\uD7FF'];
    const byBytes = [...texts].sort((one, two) => Buffer.compare(Buffer.from(one), Buffer.from(two)));
    expect([...texts].sort(compareText)).toEqual(byBytes);
  });
});

describe('ordered entries', () => {
  it('agree with a sorted array through insertions and deletions', () => {
    const random = seededRandom(7);
    const entries = new OrderedEntries<number>();
    const model = new Map<string, number>();
    for (let step = 0; step < 6000; step += 1) {
      const name = String(random.below(3000)).padStart(5, '0');
      if (random.below(4) === 0) { entries.delete(name); model.delete(name); } else { entries.set(name, step); model.set(name, step); }
    }
    const sorted = [...model.keys()].sort();
    expect(entries.size).toBe(model.size);
    expect([...entries.ascending()].map((entry) => entry.key)).toEqual(sorted);
    const range = { from: '00700', to: '02100' };
    const inside = sorted.filter((name) => name >= range.from && name < range.to);
    expect([...entries.ascending(range)].map((entry) => entry.key)).toEqual(inside);
    expect([...entries.descending(range)].map((entry) => entry.key)).toEqual([...inside].reverse());
    const copy = entries.clone();
    entries.set('99999', 1);
    expect(copy.get('99999')).toBeUndefined();
  });
});

describe('pages', () => {
  it.each([true, false])('cover a query exactly once, forward %s', async (forward) => {
    const table = fixture();
    await plainTable(table);
    for (let sk = 0; sk < 25; sk += 1) await put(table, east, key(sk));
    const seen: number[] = [];
    let start: Item | undefined;
    do {
      const page: Page = await invoke<Page>(table.dynamodb, 'Query', {
        TableName: 'ledger', KeyConditionExpression: 'pk = :p AND sk >= :s', ExpressionAttributeValues: { ':p': { S: 'job' }, ':s': { N: '3' } },
        Limit: 4, ScanIndexForward: forward, ...(start && { ExclusiveStartKey: start }),
      }, east);
      seen.push(...page.Items.map((item) => Number(item['sk']?.N)));
      start = page.LastEvaluatedKey;
    } while (start);
    const expected = Array.from({ length: 22 }, (_, index) => index + 3);
    expect(seen).toEqual(forward ? expected : expected.reverse());
  });

  it('cover a scan exactly once, in segments, while other items come and go', async () => {
    const table = fixture();
    await plainTable(table);
    for (let number = 0; number < 60; number += 1) await put(table, east, { pk: { S: `p${number % 30}` }, sk: { N: String(number) } });
    const seen: string[] = [];
    for (const segment of [0, 1, 2]) {
      let start: Item | undefined;
      do {
        const page: Page = await invoke<Page>(table.dynamodb, 'Scan', { TableName: 'ledger', Limit: 5, Segment: segment, TotalSegments: 3, ...(start && { ExclusiveStartKey: start }) }, east);
        seen.push(...page.Items.map((item) => `${item['pk']?.S}/${item['sk']?.N}`).filter((name) => !name.startsWith('new')));
        start = page.LastEvaluatedKey;
        await put(table, east, { pk: { S: `new${seen.length}` }, sk: { N: '1' } });
      } while (start);
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });

  it('end after 1 MB', async () => {
    const table = fixture();
    await plainTable(table);
    for (let sk = 0; sk < 5; sk += 1) await put(table, east, { ...key(sk), text: { S: 'x'.repeat(300_000) } });
    const page = await invoke<Page>(table.dynamodb, 'Query', { TableName: 'ledger', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'job' } }, Select: 'COUNT' }, east);
    expect(page.Count).toBe(4);
    expect(page.LastEvaluatedKey).toEqual(key(3));
    expect(page.Items).toBeUndefined();
  });

  it('cover a sparse index exactly once although entries share their index key', async () => {
    const table = fixture();
    await globalTable(table, 'STRONG', { GlobalSecondaryIndexes: [openIndex] });
    for (let number = 0; number < 20; number += 1) {
      await put(table, east, { pk: { S: `job${number}` }, sk: { N: '1' }, ...(number % 2 === 0 && { state: { S: 'OPEN' } }) });
    }
    const seen: string[] = [];
    let start: Item | undefined;
    do {
      const page: Page = await invoke<Page>(table.dynamodb, 'Query', {
        TableName: 'ledger', IndexName: 'open', KeyConditionExpression: '#s = :s AND sk <= :one', Limit: 3, ...(start && { ExclusiveStartKey: start }),
        ExpressionAttributeNames: { '#s': 'state' }, ExpressionAttributeValues: { ':s': { S: 'OPEN' }, ':one': { N: '1' } },
      }, east);
      seen.push(...page.Items.map((item) => item['pk']?.S ?? ''));
      start = page.LastEvaluatedKey;
    } while (start);
    expect([...seen].sort()).toEqual(Array.from({ length: 10 }, (_, index) => `job${index * 2}`).sort());
  });
});

describe('eventual views', () => {
  it('show an index entry a moment after its item, and drop it a moment after it closed', async () => {
    const table = fixture({ indexDelayMs: 50 });
    await globalTable(table, 'STRONG', { GlobalSecondaryIndexes: [openIndex] });
    const count = async (): Promise<number> => (await invoke<Page>(table.dynamodb, 'Query', {
      TableName: 'ledger', IndexName: 'open', KeyConditionExpression: '#s = :s', ExpressionAttributeNames: { '#s': 'state' }, ExpressionAttributeValues: { ':s': { S: 'OPEN' } },
    }, east)).Count;
    await put(table, east, { state: { S: 'OPEN' } });
    expect(await count()).toBe(0);
    await table.world.clock.advance(50);
    expect(await count()).toBe(1);
    await invoke(table.dynamodb, 'UpdateItem', { TableName: 'ledger', Key: key(), UpdateExpression: 'REMOVE #s', ExpressionAttributeNames: { '#s': 'state' } }, east);
    expect(await count()).toBe(1);
    await table.world.clock.advance(50);
    expect(await count()).toBe(0);
  });

  it('may show an old item for a moment, but never to a consistent read', async () => {
    const table = fixture({ staleReadMs: 20 });
    await plainTable(table);
    await put(table, east, { v: { S: 'old' } });
    await table.world.clock.advance(100);
    await put(table, east, { v: { S: 'new' } });
    const seen = new Set<string | undefined>();
    for (let attempt = 0; attempt < 30; attempt += 1) {
      seen.add((await read(table, east, false))?.['v']?.S);
      expect(await read(table, east, true)).toMatchObject({ v: { S: 'new' } });
    }
    expect(seen).toEqual(new Set(['old', 'new']));
    await table.world.clock.advance(20);
    for (let attempt = 0; attempt < 30; attempt += 1) expect(await read(table, east, false)).toMatchObject({ v: { S: 'new' } });
  });
});

describe('what dynalite cannot judge', () => {
  it('refuses to order values that have no order', async () => {
    const table = fixture();
    await plainTable(table);
    const write = put(table, east, {}, { ConditionExpression: 'flag < :v', ExpressionAttributeValues: { ':v': { BOOL: true } } });
    await expect(write).rejects.toThrow('Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL');
  });

  it('refuses empty key attributes and accepts empty strings elsewhere', async () => {
    const table = fixture();
    await plainTable(table);
    await expect(put(table, east, { pk: { S: '' } })).rejects.toThrow(/cannot contain an empty string value. Key: pk/);
    await put(table, east, { note: { S: '' }, flag: { BOOL: false } });
    await put(table, east, { note: { S: '' }, flag: { BOOL: false } }, { ConditionExpression: 'note = :empty AND flag = :no', ExpressionAttributeValues: { ':empty': { S: '' }, ':no': { BOOL: false } } });
  });

  it('returns the item that made a condition fail, when asked', async () => {
    const table = fixture();
    await plainTable(table);
    await put(table, east, { v: { S: 'there' } });
    const again = put(table, east, {}, { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    await expect(again).rejects.toMatchObject({ code: 'ConditionalCheckFailedException', members: { Item: { v: { S: 'there' } } } });
    const silent = put(table, east, {}, { ConditionExpression: 'attribute_not_exists(pk)' });
    await expect(silent).rejects.toMatchObject({ members: {} });
  });

  it('does not let a caller change a stored item through what it got', async () => {
    const table = fixture();
    await plainTable(table);
    await put(table, east, { m: { M: { inner: { S: 'kept' } } } });
    const item = await read(table, east, true);
    (item?.['m']?.M as Item)['inner'] = { S: 'changed' };
    expect(await read(table, east, true)).toMatchObject({ m: { M: { inner: { S: 'kept' } } } });
  });

  it('tells consumed capacity when asked', async () => {
    const table = fixture();
    await plainTable(table);
    await put(table, east, { text: { S: 'x'.repeat(5000) } });
    const get = (consistent: boolean): object => ({ TableName: 'ledger', Key: key(), ConsistentRead: consistent, ReturnConsumedCapacity: 'TOTAL' });
    expect(await invoke(table.dynamodb, 'GetItem', get(true), east)).toMatchObject({ ConsumedCapacity: { CapacityUnits: 2 } });
    expect(await invoke(table.dynamodb, 'GetItem', get(false), east)).toMatchObject({ ConsumedCapacity: { CapacityUnits: 1 } });
  });

  it('hands back the keys of a batch beyond 16 MB', async () => {
    const table = fixture();
    await plainTable(table);
    for (let sk = 0; sk < 50; sk += 1) await put(table, east, { ...key(sk), text: { S: 'x'.repeat(390_000) } });
    const keys = Array.from({ length: 50 }, (_, sk) => key(sk));
    const { Responses: got, UnprocessedKeys: left } = await invoke<{ Responses: Record<string, Item[]>; UnprocessedKeys: Record<string, { Keys: Item[] }> }>(
      table.dynamodb, 'BatchGetItem', { RequestItems: { ledger: { Keys: keys } } }, east);
    expect(got['ledger']?.length).toBe(43);
    expect(left['ledger']?.Keys).toEqual(keys.slice(43));
    const tooMany = { RequestItems: { ledger: { Keys: Array.from({ length: 101 }, (_, sk) => key(sk)) } } };
    await expect(invoke(table.dynamodb, 'BatchGetItem', tooMany, east)).rejects.toThrow('Too many items requested for the BatchGetItem call');
  });

  it('runs transactions wholly or not at all, once for each token', async () => {
    const table = fixture();
    await plainTable(table);
    await put(table, east, { v: { N: '1' } });
    const count = { Update: { TableName: 'ledger', Key: key(), UpdateExpression: 'ADD v :one', ExpressionAttributeValues: { ':one': { N: '1' } } } };
    const failing = { Put: { TableName: 'ledger', Item: key(2), ConditionExpression: 'attribute_exists(pk)' } };
    await expect(invoke(table.dynamodb, 'TransactWriteItems', { TransactItems: [count, failing] }, east)).rejects.toMatchObject({
      code: 'TransactionCanceledException', members: { CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }] },
    });
    expect(await read(table, east, true)).toMatchObject({ v: { N: '1' } });
    for (let attempt = 0; attempt < 2; attempt += 1) await invoke(table.dynamodb, 'TransactWriteItems', { TransactItems: [count], ClientRequestToken: 'once' }, east);
    expect(await read(table, east, true)).toMatchObject({ v: { N: '2' } });
  });

  it('asks IAM for the table, the index, and every table of a batch', async () => {
    const { dynamodb } = fixture();
    const arn = 'arn:aws:dynamodb:us-east-1:111122223333:table/';
    expect(dynamodb.permissions('Query', { TableName: 'ledger', IndexName: 'open' }, callIn(east))).toEqual([{ action: 'dynamodb:Query', resource: `${arn}ledger/index/open` }]);
    expect(dynamodb.permissions('BatchGetItem', { RequestItems: { a: {}, b: {} } }, callIn(east)).map(({ resource }) => resource)).toEqual([`${arn}a`, `${arn}b`]);
    expect(dynamodb.permissions('TransactWriteItems', { TransactItems: [{ ConditionCheck: { TableName: 'a' } }] }, callIn(east))).toEqual([{ action: 'dynamodb:ConditionCheckItem', resource: `${arn}a` }]);
  });
});
