import { describe, expect, it } from 'vitest';
import { east, operator, put, replicationRole, twins, west } from './storage-world.js';

describe('inspection', () => {
  it('shows buckets and the backlog of each direction', async () => {
    const world = await twins();
    world.world.faults.setReplication(east, west, { mode: 'paused' });
    await put(world, 'data-east', 'a', '12345');
    await put(world, 'data-west', 'b', '1', {}, west);
    await world.clock.advance(30_000);
    expect(world.s3.inspect()).toMatchObject({
      buckets: { 'data-east': { region: east, objects: 2, versions: 2, bytes: 6 }, 'data-west': { objects: 1 } },
      replication: { [`${east}->${west}`]: { pending: 1, pendingBytes: 5, oldestPendingSeconds: 30, state: 'paused' } },
    });
  });

  it('asks replication\'s permissions of its role and no one else', async () => {
    const world = await twins();
    await put(world, 'data-east', 'a');
    world.asked.length = 0;
    await world.clock.advance(5000);
    expect(world.asked.map(({ permission, principalArn }) => [permission.action, permission.resource, principalArn])).toEqual([
      ['s3:GetObjectVersionForReplication', 'arn:aws:s3:::data-east/a', replicationRole],
      ['s3:GetObjectVersionAcl', 'arn:aws:s3:::data-east/a', replicationRole],
      ['s3:GetReplicationConfiguration', 'arn:aws:s3:::data-east', replicationRole],
      ['s3:ListBucket', 'arn:aws:s3:::data-east', replicationRole],
      ['s3:ReplicateObject', 'arn:aws:s3:::data-west/a', replicationRole],
    ]);
    expect(world.asked.some(({ principalArn }) => principalArn === operator.arn)).toBe(false);
  });
});
