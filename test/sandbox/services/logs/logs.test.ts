import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../../src/sandbox/services/logs/embedded-metrics.js';
import { createLogs } from '../../../../src/sandbox/services/logs/service.js';
import { createTestWorld, region } from '../compute/test-world.js';
import { resourceContext } from '../lambda/functions.js';

interface Found {
  events: { message: string; logStreamName: string; timestamp: number }[];
  nextToken?: string;
}

describe('log groups', () => {
  it('find lines by time, stream and words, in pages', async () => {
    const world = createTestWorld();
    const logs = createLogs(world);
    world.register(logs);
    for (let n = 0; n < 6; n += 1) {
      logs.append(region, 'group', n % 2 === 0 ? 'even' : 'odd', `line ${n} of "job"`);
      await world.clock.advance(1_000);
    }
    const filter = (more: Record<string, unknown>): Promise<Found> => world.ask('logs', 'FilterLogEvents', { logGroupName: 'group', ...more });
    const begun = Date.UTC(2026, 0, 1);
    expect((await filter({ startTime: begun + 1_000, endTime: begun + 3_000 })).events.map((line) => line.message)).toEqual(['line 1 of "job"', 'line 2 of "job"']);
    expect((await filter({ logStreamNames: ['odd'], filterPattern: '"line 3" job' })).events).toHaveLength(1);
    const first = await filter({ limit: 4 });
    const second = await filter({ limit: 4, nextToken: first.nextToken });
    expect([...first.events, ...second.events]).toHaveLength(6);
    expect(second.nextToken).toBeUndefined();
  });

  it('hide what is older than their retention', async () => {
    const world = createTestWorld();
    const logs = createLogs(world);
    world.register(logs);
    await logs.resources?.['AWS::Logs::LogGroup']?.create(resourceContext('Group'), { LogGroupName: 'group', RetentionInDays: 1 } as never);
    logs.append(region, 'group', 's', 'old');
    await world.clock.advance(86_400_001);
    logs.append(region, 'group', 's', 'new');
    const { events } = await world.ask<Found>('logs', 'GetLogEvents', { logGroupName: 'group', logStreamName: 's' });
    expect(events.map((line) => line.message)).toEqual(['new']);
  });

  it('bound what they keep to the newest lines', async () => {
    const world = createTestWorld();
    const logs = createLogs(world);
    world.register(logs);
    for (let n = 0; n < 13_000; n += 1) logs.append(region, 'group', 's', `line ${n}`);
    const first = await world.ask<Found>('logs', 'FilterLogEvents', { logGroupName: 'group' });
    const second = await world.ask<Found>('logs', 'FilterLogEvents', { logGroupName: 'group', nextToken: first.nextToken });
    const lines = [...first.events, ...second.events];
    expect(lines.length).toBeLessThanOrEqual(12_000);
    expect(lines.at(-1)?.message).toBe('line 12999');
  });

  it('answer for an absent group as AWS does', async () => {
    const world = createTestWorld();
    world.register(createLogs(world));
    await expect(world.ask('logs', 'FilterLogEvents', { logGroupName: 'none' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });
});

describe('embedded metrics', () => {
  it('are one datapoint per value and set of dimensions', () => {
    const line = JSON.stringify({
      _aws: { Timestamp: 9, CloudWatchMetrics: [{ Namespace: 'n', Dimensions: [['A'], ['A', 'B']], Metrics: [{ Name: 'M', Unit: 'Seconds' }] }] }, A: 'a', B: 'b', M: [1, 2],
    });
    expect(embeddedMetrics(`2026 id INFO ${line}`)).toEqual([
      { namespace: 'n', name: 'M', dimensions: { A: 'a' }, value: 1, unit: 'Seconds', at: 9 },
      { namespace: 'n', name: 'M', dimensions: { A: 'a' }, value: 2, unit: 'Seconds', at: 9 },
      { namespace: 'n', name: 'M', dimensions: { A: 'a', B: 'b' }, value: 1, unit: 'Seconds', at: 9 },
      { namespace: 'n', name: 'M', dimensions: { A: 'a', B: 'b' }, value: 2, unit: 'Seconds', at: 9 },
    ]);
  });

  it.each(['plain text', '{"a":1}', '{"_aws": broken', '{"_aws":{}}'])('are none in %s', (line) => {
    expect(embeddedMetrics(line)).toEqual([]);
  });
});
