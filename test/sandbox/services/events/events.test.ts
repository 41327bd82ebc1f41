import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/sandbox/service.js';
import { createEvents, type EventsOptions, type EventsService } from '../../../../src/sandbox/services/events/service.js';
import { account, answering, createTestWorld, region, roleArn, type Answer, type TestWorld } from '../compute/test-world.js';
import { resourceContext } from '../lambda/functions.js';

const functionArn = `arn:aws:lambda:${region}:${account}:function:ingest`;
const created = (key: string): Parameters<EventsService['publish']>[1] => ({ source: 'aws.s3', detailType: 'Object Created', resources: [], detail: { object: { key } } });

interface Bench {
  world: TestWorld;
  events: EventsService;
  rule(properties: Record<string, unknown>, name?: string): Promise<void>;
  restart(): Promise<void>;
}

function createBench(invoke: Answer = () => ({ StatusCode: 202 }), options: EventsOptions = {}): Bench {
  const world = createTestWorld();
  const bench: Bench = {
    world,
    events: createEvents(world, options),
    async rule(properties, name = 'rule') {
      await bench.events.resources?.['AWS::Events::Rule']?.create(resourceContext(name), { Name: name, ...properties } as never);
    },
    async restart() {
      const snapshot = JSON.parse(JSON.stringify(bench.events.snapshot?.())) as never;
      await bench.events.stop?.();
      bench.events = createEvents(world, options);
      await bench.events.restore?.(snapshot);
      await bench.events.start?.();
    },
  };
  world.register(bench.events);
  world.register(answering('lambda', { Invoke: invoke }));
  world.register(answering('sqs', { SendMessage: () => ({}) }));
  world.register(answering('states', { StartExecution: () => ({}) }));
  return bench;
}

const pattern = { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'input/' }] } } };
const callsTo = (world: TestWorld, service: string): Record<string, unknown>[] => world.calls.filter((call) => call.service === service).map((call) => call.input as Record<string, unknown>);

describe('rules on events', () => {
  it('deliver what matches, asynchronously, on behalf of the rule', async () => {
    const bench = createBench();
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: functionArn }] });
    bench.events.publish(region, created('input/a.csv'));
    bench.events.publish(region, created('output/a.csv'));
    bench.events.publish('us-west-2', created('input/elsewhere.csv'));
    await bench.world.clock.runUntilIdle();
    const [call, ...more] = callsTo(bench.world, 'lambda');
    expect(more).toEqual([]);
    expect(call).toMatchObject({ FunctionName: functionArn, InvocationType: 'Event', SourceArn: `arn:aws:events:${region}:${account}:rule/rule` });
    const event = JSON.parse(Buffer.from(call?.['Payload'] as Uint8Array).toString()) as Record<string, unknown>;
    expect(event).toMatchObject({ version: '0', 'detail-type': 'Object Created', account, region, time: '2026-01-01T00:00:00Z', detail: { object: { key: 'input/a.csv' } } });
    expect(bench.world.calls[0]?.principal.arn).toBe('service:events.amazonaws.com');
  });

  it('start executions as the target\'s role, under the delivery\'s name', async () => {
    const bench = createBench();
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: `arn:aws:states:${region}:${account}:stateMachine:m`, RoleArn: roleArn, InputPath: '$.detail' }] });
    bench.events.publish(region, created('input/a.csv'));
    await bench.world.clock.runUntilIdle();
    expect(bench.world.calls[0]?.principal).toEqual({ arn: roleArn, origin: region });
    expect(callsTo(bench.world, 'states')[0]).toMatchObject({ input: '{"object":{"key":"input/a.csv"}}', name: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  });

  it('try again what fails in passing, and give up at the limit to the dead-letter queue', async () => {
    let tries = 0;
    const bench = createBench(() => { tries += 1; throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 }); });
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: functionArn, RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:dead` } }] });
    bench.events.publish(region, created('input/a.csv'));
    await bench.world.clock.runUntilIdle();
    expect(tries).toBe(4);
    expect(callsTo(bench.world, 'sqs')).toMatchObject([{ QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/dead`, MessageAttributes: { ERROR_CODE: { StringValue: 'TooManyRequestsException' }, RETRY_ATTEMPTS: { StringValue: '4' } } }]);
    expect(bench.world.metrics.map((metric) => metric.name)).toContain('FailedInvocations');
  });

  it('do not repeat what is refused for good', async () => {
    let tries = 0;
    const bench = createBench(() => { tries += 1; throw new AwsError('AccessDeniedException', 'no', { status: 403 }); });
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: functionArn }] });
    bench.events.publish(region, created('input/a.csv'));
    await bench.world.clock.runUntilIdle();
    expect(tries).toBe(1);
    expect(bench.world.lines.join()).toContain('AccessDenied');
  });

  it('wait while the Region is down, and outlive a restart of the sandbox meanwhile', async () => {
    const bench = createBench();
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: functionArn }] });
    bench.events.publish(region, created('input/a.csv'));
    bench.world.faults.setRegion(region, 'down');
    await bench.world.clock.advance(600_000);
    expect(bench.world.calls).toEqual([]);
    await bench.restart();
    bench.world.faults.setRegion(region, 'up');
    await bench.world.clock.advance(1_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(1);
  });

  it('may deliver twice', async () => {
    const bench = createBench(undefined, { duplicateChance: 1 });
    await bench.rule({ EventPattern: pattern, Targets: [{ Id: 't', Arn: functionArn }] });
    bench.events.publish(region, created('input/a.csv'));
    await bench.world.clock.runUntilIdle();
    expect(callsTo(bench.world, 'lambda')).toHaveLength(2);
  });
});

describe('rules on schedules', () => {
  it('fire at their times; an outage costs the times in it and ends with one late firing', async () => {
    const bench = createBench();
    await bench.rule({ ScheduleExpression: 'rate(1 minute)', Targets: [{ Id: 't', Arn: functionArn }] });
    await bench.world.clock.advance(3 * 60_000 + 1_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(3);
    bench.world.faults.setRegion(region, 'down');
    await bench.world.clock.advance(10 * 60_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(3);
    bench.world.faults.setRegion(region, 'up');
    await bench.world.clock.advance(1_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(4);
    await bench.world.clock.advance(60_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(5);
    await bench.world.ask('events', 'DisableRule', { Name: 'rule' });
    await bench.world.clock.advance(600_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(5);
  });

  it('keep their rhythm over a restart', async () => {
    const bench = createBench();
    await bench.rule({ ScheduleExpression: 'rate(10 minutes)', Targets: [{ Id: 't', Arn: functionArn }] });
    await bench.world.clock.advance(9 * 60_000);
    await bench.restart();
    await bench.world.clock.advance(61_000);
    expect(callsTo(bench.world, 'lambda')).toHaveLength(1);
  });
});

describe('PutEvents', () => {
  it('delivers own events and refuses bad ones one by one', async () => {
    const bench = createBench();
    await bench.rule({ EventPattern: { source: ['mine'] }, Targets: [{ Id: 't', Arn: functionArn, InputPath: '$.detail' }] });
    const { Entries, FailedEntryCount } = await bench.world.ask<{ Entries: Record<string, string>[]; FailedEntryCount: number }>('events', 'PutEvents', {
      Entries: [{ Source: 'mine', DetailType: 'd', Detail: '{"n":1}' }, { Source: 'aws.s3', DetailType: 'd', Detail: '{}' }, { Source: 'mine', DetailType: 'd', Detail: '[' }],
    });
    await bench.world.clock.runUntilIdle();
    expect(FailedEntryCount).toBe(2);
    expect(Entries.map((entry) => entry['ErrorCode'])).toEqual([undefined, 'NotAuthorizedForSourceException', 'MalformedDetail']);
    expect(callsTo(bench.world, 'lambda').map((call) => Buffer.from(call['Payload'] as Uint8Array).toString())).toEqual(['{"n":1}']);
  });
});
