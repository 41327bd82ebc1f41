import { describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../src/sandbox/services/dynamodb/service.js';
import { dataTestWorld, invoke } from '../data-test-world.js';
import { east, fixture, globalTable, key, put, read, west } from './tables.js';

describe('a global table with eventual consistency', () => {
  it('shows a write in the other Region about a second later, and measures that in the source Region', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    await put(table, east, { v: { S: 'first' } });
    expect(await read(table, west, true)).toBeUndefined();
    await table.world.clock.advance(1500);
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'first' } });
    expect(table.world.metrics).toMatchObject([{ region: east, metric: { name: 'ReplicationLatency', dimensions: { ReceivingRegion: west } } }]);
  });

  it('checks conditions against the local copy only: both Regions win', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    const create = { ConditionExpression: 'attribute_not_exists(pk)' };
    await put(table, east, { v: { S: 'east' } }, create);
    await put(table, west, { v: { S: 'west' } }, create);
    await table.world.clock.advance(2000);
    expect(await read(table, east, true)).toMatchObject({ v: { S: 'west' } });
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'west' } });
  });

  it('holds back what an isolated Region wrote, and delivers it afterwards without undoing newer writes', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    await put(table, east, { v: { S: 'old' } });
    await put(table, east, { ...key(2), v: { S: 'zombie' } });
    table.world.faults.setRegion(east, 'isolated');
    await table.world.clock.advance(60_000);
    expect(await read(table, west, true)).toBeUndefined();
    await put(table, west, { v: { S: 'new' } });
    await invoke(table.dynamodb, 'DeleteItem', { TableName: 'ledger', Key: key(3) }, west);
    table.world.faults.setRegion(east, 'up');
    await table.world.clock.advance(2000);
    for (const region of [east, west]) {
      expect(await read(table, region, true)).toMatchObject({ v: { S: 'new' } });
      expect(await read(table, region, true, 2)).toMatchObject({ v: { S: 'zombie' } });
    }
  });

  it('does not bring back an item that was deleted after the late write', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    await put(table, west, { v: { S: 'shared' } });
    await table.world.clock.advance(2000);
    table.world.faults.setReplication(east, west, { mode: 'paused' });
    await put(table, east, { v: { S: 'late' } });
    await table.world.clock.advance(10);
    await invoke(table.dynamodb, 'DeleteItem', { TableName: 'ledger', Key: key() }, west);
    table.world.faults.setReplication(east, west, { mode: 'flowing' });
    await table.world.clock.advance(3000);
    expect(await read(table, west, true)).toBeUndefined();
    expect(await read(table, east, true)).toBeUndefined();
  });

  it('lags as told', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    table.world.faults.setReplication(east, west, { mode: 'lagging', lagMs: 30_000 });
    await put(table, east, { v: { S: 'slow' } });
    await table.world.clock.advance(29_000);
    expect(await read(table, west, true)).toBeUndefined();
    await table.world.clock.advance(1000);
    expect(await read(table, west, true)).toMatchObject({ v: { S: 'slow' } });
  });

  it('keeps what is on its way over a restart', async () => {
    const table = fixture();
    await globalTable(table, 'EVENTUAL');
    await put(table, east, { v: { S: 'on its way' } });
    const state = JSON.parse(JSON.stringify(table.dynamodb.snapshot?.())) as never;
    const world = dataTestWorld();
    const again = { world, dynamodb: createDynamoDb(world, { staleReadMs: 0 }), unmodelled: [] };
    await again.dynamodb.restore?.(state);
    expect(await read(again, west, true)).toBeUndefined();
    await world.clock.advance(2000);
    expect(await read(again, west, true)).toMatchObject({ v: { S: 'on its way' } });
  });
});
