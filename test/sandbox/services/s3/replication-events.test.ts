import { describe, expect, it } from 'vitest';
import { bucket, east, put, refusal, storageWorld, twins, west } from './storage-world.js';

describe('events', () => {
  it('tell of objects, markers and removals, and of replicas in their own Region', async () => {
    const world = await twins({ s3: { events: { duplicateProbability: 0 } } });
    const { VersionId, ETag } = await put(world, 'data-east', 'in/ö b+c.csv', 'rows');
    await world.clock.advance(5000);
    expect(world.events.map(({ region }) => region)).toEqual([east, west]);
    expect(world.events[0]!.event).toMatchObject({
      source: 'aws.s3', detailType: 'Object Created', resources: ['arn:aws:s3:::data-east'],
      detail: { version: '0', bucket: { name: 'data-east' }, object: { key: 'in/ö b+c.csv', size: 4, etag: ETag.slice(1, -1), 'version-id': VersionId }, requester: '111122223333', reason: 'PutObject' },
    });
    expect(world.events[1]!.event.detail).toMatchObject({ bucket: { name: 'data-west' }, reason: 'PutObject', object: { 'version-id': VersionId } });
    await world.call('DeleteObject', { Bucket: 'data-west', Key: 'in/ö b+c.csv', VersionId }, west);
    await world.call('DeleteObject', { Bucket: 'data-west', Key: 'in/ö b+c.csv' }, west);
    await world.clock.advance(900);
    const deletions = world.events.slice(2).map(({ event }) => event.detail['deletion-type']);
    expect(deletions.sort()).toEqual(['Delete Marker Created', 'Permanently Deleted']);
  });

  it('carry a sequencer that grows from write to write of a key', async () => {
    const world = await twins({ s3: { events: { duplicateProbability: 0, minimumDelayMs: 10, maximumDelayMs: 11 } } });
    for (const content of ['1', '2', '3']) await put(world, 'data-east', 'a', content);
    await world.clock.advance(11);
    const sequencers = world.events.map(({ event }) => (event.detail.object as { sequencer: string }).sequencer);
    expect(sequencers).toHaveLength(3);
    expect([...sequencers].sort()).toEqual(sequencers);
    expect(new Set(sequencers).size).toBe(3);
  });

  it('come more than once and out of order, and none is ever missing', async () => {
    const world = await twins({ s3: { events: { duplicateProbability: 0.2 } } });
    for (let index = 0; index < 100; index += 1) await put(world, 'data-east', `k${index}`, '');
    await world.clock.advance(60_000);
    const keys = world.events.filter(({ region }) => region === east).map(({ event }) => (event.detail.object as { key: string }).key);
    expect(new Set(keys).size).toBe(100);
    expect(keys.length).toBeGreaterThan(105);
    expect(keys.slice(0, 100)).not.toEqual(Array.from({ length: 100 }, (_, index) => `k${index}`));
  });

  it('wait for a Region that is down', async () => {
    const world = await twins({ s3: { events: { duplicateProbability: 0 } } });
    await put(world, 'data-east', 'a');
    world.world.faults.setRegion(east, 'down');
    await world.clock.advance(600_000);
    expect(world.events).toEqual([]);
    world.world.faults.setRegion(east, 'up');
    await world.clock.advance(10_000);
    expect(world.events.map(({ region }) => region).sort()).toEqual([east, west]);
  });

  it('are silent for buckets without EventBridge', async () => {
    const world = storageWorld();
    await bucket(world, 'quiet');
    world.s3.start();
    await put(world, 'quiet', 'a');
    await world.clock.advance(10_000);
    expect(world.events).toEqual([]);
    expect(await refusal(world.call('PutBucketNotificationConfiguration', { Bucket: 'quiet', NotificationConfiguration: { QueueConfigurations: [{}] } }))).toBe('NotImplemented 501');
  });
});
