import { describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../src/sandbox/services/dynamodb/service.js';
import { dataTestWorld, invoke } from '../data-test-world.js';
import { east, fixture, globalTable, key, openIndex, put, read, west, witness } from './tables.js';

const set = (value: string): object => ({ UpdateExpression: 'SET v = :v', ExpressionAttributeValues: { ':v': { S: value } } });

describe('a table with multi-Region strong consistency', () => {
  it('shows a write in the other Region at once', async () => {
    const table = fixture();
    await globalTable(table, 'STRONG');
    await put(table, east, { v: { S: 'first' } });
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'first' } });
  });

  it('evaluates conditions against the latest version of any Region', async () => {
    const table = fixture();
    await globalTable(table, 'STRONG');
    await put(table, east, { epoch: { N: '2' } });
    const stale = put(table, west, { epoch: { N: '1' } }, {
      ConditionExpression: 'epoch < :e', ExpressionAttributeValues: { ':e': { N: '2' } }, ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(stale).rejects.toMatchObject({ code: 'ConditionalCheckFailedException', members: { Item: { epoch: { N: '2' } } } });
  });

  it.each(['down', 'isolated'] as const)('works in one Region while the other is %s, thanks to the witness', async (state) => {
    const table = fixture();
    await globalTable(table, 'STRONG');
    table.world.faults.setRegion(east, state);
    await put(table, west, { v: { S: 'alone' } });
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'alone' } });
  });

  it('fails closed in an isolated Region, and serves what that Region saw last', async () => {
    const table = fixture({ quorumTimeoutMs: 2000 });
    await globalTable(table, 'STRONG', { GlobalSecondaryIndexes: [openIndex] });
    await put(table, east, { v: { S: 'before' }, state: { S: 'OPEN' } });
    table.world.faults.setRegion(east, 'isolated');
    await put(table, west, { v: { S: 'after' } });
    const write = put(table, east, { v: { S: 'zombie' } });
    const consistent = read(table, east, true);
    const refusals = Promise.all([
      expect(write).rejects.toMatchObject({ code: 'InternalServerError', status: 500 }),
      expect(consistent).rejects.toMatchObject({ code: 'InternalServerError' }),
    ]);
    await table.world.clock.advance(2000);
    await refusals;
    expect(await read(table, east, false)).toMatchObject({ v: { S: 'before' } });
    const open = { TableName: 'ledger', IndexName: 'open', KeyConditionExpression: '#s = :s', ExpressionAttributeNames: { '#s': 'state' }, ExpressionAttributeValues: { ':s': { S: 'OPEN' } } };
    expect(await invoke(table.dynamodb, 'Query', open, east)).toMatchObject({ Count: 1 });
    expect(await invoke(table.dynamodb, 'Query', open, west)).toMatchObject({ Count: 0 });
    table.world.faults.clear();
    expect(await read(table, east, false)).toMatchObject({ v: { S: 'after' } });
  });

  it('loses its last quorum with two Regions and finds it again', async () => {
    const table = fixture({ quorumTimeoutMs: 1000 });
    await globalTable(table, 'STRONG');
    table.world.faults.setRegion(east, 'down');
    table.world.faults.setRegion(witness, 'down');
    const write = put(table, west, { v: { S: 'waits' } });
    await table.world.clock.advance(500);
    table.world.faults.setRegion(witness, 'up');
    await table.world.clock.advance(500);
    await expect(write).resolves.toBeUndefined();
  });

  it('refuses the later of two writes of one item that are under way in two Regions', async () => {
    const table = fixture({ writeLatencyMs: 100 });
    await globalTable(table, 'STRONG');
    const first = put(table, east, { v: { S: 'east' } });
    const second = put(table, west, { v: { S: 'west' } });
    const other = put(table, west, { ...key(2), v: { S: 'other item' } });
    const refused = expect(second).rejects.toMatchObject({ code: 'ReplicatedWriteConflictException' });
    await table.world.clock.advance(200);
    await Promise.all([refused, first, other]);
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'east' } });
  });

  it('leaves the outcome open when the Region is cut off in the middle of a write', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const table = fixture({ writeLatencyMs: 100 }, seed);
      await globalTable(table, 'STRONG');
      const write = put(table, east, { v: { S: 'maybe' } });
      const refused = write.then(() => undefined, (error: unknown) => error);
      await table.world.clock.advance(1);
      table.world.faults.setRegion(east, 'isolated');
      await table.world.clock.advance(200);
      const stands = await read(table, west, true);
      // The caller hears the same either way; who looks from outside can tell.
      expect(await refused).toMatchObject({ code: 'InternalServerError', unheard: stands ? { after: expect.anything() } : undefined });
      outcomes.add(stands ? 'counted' : 'lost');
    }
    expect(outcomes).toEqual(new Set(['counted', 'lost']));
  });

  it('sometimes refuses writes from two Regions that follow each other closely', async () => {
    const table = fixture({ conflictWindowMs: 10 });
    await globalTable(table, 'STRONG');
    let conflicts = 0;
    for (let round = 0; round < 60; round += 1) {
      await put(table, east, { v: { S: 'east' } }).catch(() => undefined);
      await put(table, west, { v: { S: 'west' } }).catch((error: Error) => { if (error.name === 'ReplicatedWriteConflictException') conflicts += 1; });
      await table.world.clock.advance(20);
    }
    expect(conflicts).toBeGreaterThan(5);
    expect(conflicts).toBeLessThan(45);
  });

  it('refuses transactions, expiry, a fourth Region and Regions of two sets', async () => {
    const table = fixture();
    await globalTable(table, 'STRONG');
    const transaction = invoke(table.dynamodb, 'TransactWriteItems', { TransactItems: [{ Update: { TableName: 'ledger', Key: key(), ...set('x') } }] }, east);
    await expect(transaction).rejects.toMatchObject({ code: 'ValidationException' });
    const expiry = { TableName: 'ledger', TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } };
    await expect(invoke(table.dynamodb, 'UpdateTimeToLive', expiry, east)).rejects.toMatchObject({ code: 'ValidationException' });
    await expect(globalTable(table, 'STRONG', { TableName: 'another', GlobalTableWitnesses: [] })).rejects.toThrow(/exactly three Regions/);
    await expect(globalTable(table, 'STRONG', { TableName: 'another', GlobalTableWitnesses: [{ Region: 'eu-west-1' }] })).rejects.toThrow(/of one set/);
  });

  it('survives a restart', async () => {
    const table = fixture();
    await globalTable(table, 'STRONG', { GlobalSecondaryIndexes: [openIndex] });
    await put(table, east, { v: { S: 'kept' }, state: { S: 'OPEN' }, b: { B: new Uint8Array([1, 255]) }, m: { M: { l: { L: [{ N: '1' }, { NULL: true }] } } } });
    const state = JSON.parse(JSON.stringify(table.dynamodb.snapshot?.())) as never;
    const world = dataTestWorld();
    const again = { world, dynamodb: createDynamoDb(world, { indexDelayMs: 0, staleReadMs: 0 }), unmodelled: [] };
    await again.dynamodb.restore?.(state);
    expect(await read(again, west, true)).toEqual(await read(table, west, true));
    const open = { TableName: 'ledger', IndexName: 'open', KeyConditionExpression: '#s = :s', ExpressionAttributeNames: { '#s': 'state' }, ExpressionAttributeValues: { ':s': { S: 'OPEN' } } };
    expect(await invoke(again.dynamodb, 'Query', open, west)).toMatchObject({ Count: 1 });
    await put(again, west, { v: { S: 'later' } });
    expect(await read(again, east, true)).toMatchObject({ v: { S: 'later' } });
    const description = await invoke<{ Table: object }>(again.dynamodb, 'DescribeTable', { TableName: 'ledger' }, east);
    expect(description.Table).toMatchObject({ MultiRegionConsistency: 'STRONG', GlobalTableWitnesses: [{ RegionName: witness }], Replicas: [{ RegionName: west }] });
  });
});
