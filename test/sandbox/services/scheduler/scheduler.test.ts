import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../../../src/sandbox/services/scheduler/service.js';
import { account, answering, createTestWorld, region, roleArn, type TestWorld } from '../compute/test-world.js';
import { resourceContext } from '../lambda/functions.js';

const target = { Arn: `arn:aws:lambda:${region}:${account}:function:sweep`, RoleArn: roleArn, Input: '{"at":"<aws.scheduler.scheduled-time>"}' };

async function scheduled(properties: Record<string, unknown>, unmodelled: string[] = []): Promise<TestWorld> {
  const world = createTestWorld();
  const scheduler = createScheduler(world);
  world.register(scheduler);
  world.register(answering('lambda', { Invoke: () => ({ StatusCode: 202 }) }));
  await scheduler.resources?.['AWS::Scheduler::Schedule']?.create(resourceContext('Sweep', region, unmodelled), { Name: 'sweep', FlexibleTimeWindow: { Mode: 'OFF' }, Target: target, ...properties } as never);
  return world;
}

const payloads = (world: TestWorld): string[] => world.calls.map((call) => Buffer.from((call.input as { Payload: Uint8Array }).Payload).toString());

describe('schedules', () => {
  it('call their target as their role, with the time that was due', async () => {
    const world = await scheduled({ ScheduleExpression: 'cron(0/30 * * * ? *)' });
    await world.clock.advance(61 * 60_000);
    expect(payloads(world)).toEqual(['{"at":"2026-01-01T00:30:00.000Z"}', '{"at":"2026-01-01T01:00:00.000Z"}']);
    expect(world.calls[0]?.principal).toEqual({ arn: roleArn, origin: region });
  });

  it('fire once with at(), and never when disabled', async () => {
    const once = await scheduled({ ScheduleExpression: 'at(2026-01-01T02:00:00)' });
    expect(await once.clock.runUntilIdle()).toBe('idle');
    expect(payloads(once)).toEqual(['{"at":"2026-01-01T02:00:00.000Z"}']);
    const disabled = await scheduled({ ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' });
    await disabled.clock.advance(600_000);
    expect(disabled.calls).toEqual([]);
  });

  it('keep to their start and end', async () => {
    const world = await scheduled({ ScheduleExpression: 'rate(1 hour)', StartDate: '2026-01-01T05:30:00Z', EndDate: '2026-01-01T08:00:00Z' });
    await world.clock.advance(86_400_000);
    expect(payloads(world)).toEqual(['{"at":"2026-01-01T06:30:00.000Z"}', '{"at":"2026-01-01T07:30:00.000Z"}']);
  });

  it('tell which of their settings are not modelled', async () => {
    const unmodelled: string[] = [];
    await scheduled({ ScheduleExpression: 'rate(1 hour)', ScheduleExpressionTimezone: 'Europe/Berlin', FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, unmodelled);
    expect(unmodelled).toEqual(['ScheduleExpressionTimezone', 'FlexibleTimeWindow']);
  });
});
