import { describe, expect, it } from 'vitest';
import { servicePrincipal } from '../../../../src/sandbox/world.js';
import { account, region } from '../compute/test-world.js';
import { createLambdaBench, functionRole, resourceContext } from './functions.js';

class Broken extends Error {
  override name = 'Broken';
}

describe('a synchronous invocation', () => {
  it('gives the handler its event, context, variables and credentials', async () => {
    const bench = createLambdaBench({
      tell: async (event, context, environment) => ({ event, name: context.functionName, left: context.getRemainingTimeInMillis(), region: environment['AWS_REGION'], table: environment['TABLE'], key: environment['AWS_ACCESS_KEY_ID'] }),
    });
    await bench.define('tell', { Environment: { Variables: { TABLE: 't' } } });
    const { StatusCode, payload } = await bench.invoke('tell', { a: 1 });
    expect(StatusCode).toBe(200);
    expect(payload).toEqual({ event: { a: 1 }, name: 'tell', left: 30_000, region, table: 't', key: 'ASIATEST' });
  });

  it('reports an exception as a function error', async () => {
    const bench = createLambdaBench({ bad: async () => { throw new Broken('row 3'); } });
    await bench.define('bad');
    const result = await bench.invoke('bad');
    expect(result).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', payload: { errorType: 'Broken', errorMessage: 'row 3' } });
    const errors = bench.world.metrics.filter((metric) => metric.name === 'Errors');
    expect(errors).toMatchObject([{ value: 1, dimensions: { FunctionName: 'bad' } }]);
  });

  it('ends at the time-out', async () => {
    const bench = createLambdaBench({ slow: async () => bench.world.clock.sleep(60_000) });
    await bench.define('slow', { Timeout: 3 });
    const result = await bench.world.clock.runUntil(bench.invoke('slow'));
    expect(result.payload).toMatchObject({ errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('timed out after 3.00 seconds') as string });
  });

  it('keeps to reserved concurrency', async () => {
    const bench = createLambdaBench({ slow: async () => bench.world.clock.sleep(1_000) });
    await bench.define('slow', { ReservedConcurrentExecutions: 1 });
    const first = bench.invoke('slow');
    await expect(bench.invoke('slow')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429, members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' } });
    await bench.world.clock.runUntil(first);
    await bench.world.clock.runUntil(bench.invoke('slow'));
    expect(bench.world.metrics.filter((metric) => metric.name === 'Throttles')).toHaveLength(1);
  });

  it('keeps to the account\'s concurrency, less what others reserved', async () => {
    const bench = createLambdaBench({ slow: async () => bench.world.clock.sleep(1_000) });
    await bench.define('slow');
    await bench.define('other', { ReservedConcurrentExecutions: 998 });
    void bench.invoke('slow');
    void bench.invoke('slow');
    await expect(bench.invoke('slow')).rejects.toMatchObject({ members: { Reason: 'ConcurrentInvocationLimitExceeded' } });
    await bench.world.clock.advance(2_000);
  });

  it.each([
    ['an absent function', 'nobody', '{}', 'ResourceNotFoundException', 404],
    ['text that is not JSON', 'f', '{', 'InvalidRequestContentException', 400],
    ['too large a payload', 'f', JSON.stringify('x'.repeat(6_291_456)), 'RequestTooLargeException', 413],
  ])('refuses %s', async (_, FunctionName, payload, code, status) => {
    const bench = createLambdaBench({ f: async () => 1 });
    await bench.define('f');
    await expect(bench.world.ask('lambda', 'Invoke', { FunctionName, Payload: Buffer.from(payload) })).rejects.toMatchObject({ code, status });
  });

  it('dies with its Region, with no answer', async () => {
    const bench = createLambdaBench({ slow: async () => bench.world.clock.sleep(10_000) });
    await bench.define('slow');
    const outcome = expect(bench.invoke('slow')).rejects.toMatchObject({ name: 'NoAnswer', how: 'reset' });
    await bench.world.clock.advance(1_000);
    bench.world.faults.setRegion(region, 'down');
    await outcome;
  });

  it('lets an AWS service in only by the function\'s own policy', async () => {
    const bench = createLambdaBench({ f: async () => 1 });
    await bench.define('f');
    const rule = `arn:aws:events:${region}:${account}:rule/mine`;
    const asEvents = (SourceArn: string): Promise<unknown> => bench.world.call('lambda', 'Invoke', { FunctionName: 'f', SourceArn }, { region, principal: servicePrincipal('events', region) });
    await expect(asEvents(rule)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await bench.resource('AWS::Lambda::Permission', { FunctionName: 'f', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn: rule });
    await expect(asEvents(`${rule}-other`)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(asEvents(rule)).resolves.toMatchObject({ StatusCode: 200 });
  });
});

describe('an asynchronous invocation', () => {
  const event = { InvocationType: 'Event' };

  it('is answered at once and retried twice, after one and two minutes', async () => {
    const times: number[] = [];
    const bench = createLambdaBench({ bad: async () => { times.push(bench.world.clock.now()); throw new Broken('no'); } });
    await bench.define('bad', { DeadLetterConfig: { TargetArn: `arn:aws:sqs:${region}:${account}:dead` } });
    expect((await bench.invoke('bad', { n: 1 }, event)).StatusCode).toBe(202);
    await bench.world.clock.runUntilIdle();
    expect(times.map((at, index) => at - (times[index - 1] ?? at))).toEqual([0, 60_000, 120_000]);
    expect(bench.messages).toMatchObject([{ QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/dead`, MessageBody: '{"n":1}' }]);
    expect(bench.world.calls.at(-1)?.principal.arn).toBe(functionRole);
  });

  it('sends a record of what failed to the destination that its settings name', async () => {
    const bench = createLambdaBench({ bad: async () => { throw new Broken('no'); } });
    await bench.define('bad');
    await bench.resource('AWS::Lambda::EventInvokeConfig', { FunctionName: 'bad', Qualifier: '$LATEST', MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:${region}:${account}:failed` } } });
    await bench.invoke('bad', { n: 1 }, event);
    await bench.world.clock.runUntilIdle();
    const record = JSON.parse(String(bench.messages[0]?.['MessageBody'])) as Record<string, unknown>;
    expect(record).toMatchObject({ requestPayload: { n: 1 }, requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 }, responsePayload: { errorType: 'Broken' } });
  });

  it('waits out throttling without losing a try', async () => {
    let ran = 0;
    const bench = createLambdaBench({ f: async () => { ran += 1; await bench.world.clock.sleep(5_000); } });
    await bench.define('f', { ReservedConcurrentExecutions: 1 });
    for (let n = 0; n < 3; n += 1) await bench.invoke('f', {}, event);
    await bench.world.clock.runUntilIdle();
    expect(ran).toBe(3);
  });

  it('waits while the Region is down, and runs again what the outage killed', async () => {
    const started: number[] = [];
    let finished = 0;
    const bench = createLambdaBench({ f: async () => { started.push(bench.world.clock.now()); await bench.world.clock.sleep(10_000); finished += 1; } });
    await bench.define('f');
    await bench.invoke('f', {}, event);
    await bench.world.clock.advance(1_000);
    bench.world.faults.setRegion(region, 'down');
    await bench.world.clock.advance(600_000);
    expect(started).toHaveLength(1);
    bench.world.faults.setRegion(region, 'up');
    await bench.world.clock.runUntilIdle();
    expect(started).toHaveLength(2);
    // The killed code ran on unnoticed here; its environment's request handler was told (see the runtime's tests).
    expect(finished).toBe(2);
    expect(bench.lambda.inspect?.()).toEqual({ queuedEvents: [] });
  });

  it('survives a restart of the sandbox', async () => {
    let ran = 0;
    const bench = createLambdaBench({ f: async () => { ran += 1; } });
    await bench.define('f');
    await bench.invoke('f', {}, event);
    await bench.restart();
    await bench.world.clock.runUntilIdle();
    expect(ran).toBe(1);
  });

  it('may be delivered twice, the same times for the same seed', async () => {
    const runs = async (seed: number): Promise<string[]> => {
      const seen: string[] = [];
      const bench = createLambdaBench({ f: async (payload) => { seen.push((payload as { n: string }).n); } }, { duplicateChance: 0.3, seed });
      await bench.define('f');
      for (let n = 0; n < 20; n += 1) await bench.invoke('f', { n: String(n) }, event);
      await bench.world.clock.runUntilIdle();
      return seen;
    };
    const first = await runs(7);
    expect(first.length).toBeGreaterThan(20);
    expect(new Set(first).size).toBe(20);
    expect(await runs(7)).toEqual(first);
  });
});

describe('functions in templates', () => {
  it('takes new code and settings, and says what it does not model', async () => {
    const bench = createLambdaBench({ f: async (_, __, environment) => environment['MODE'] });
    await bench.define('f', { Environment: { Variables: { MODE: 'old' } } });
    expect((await bench.invoke('f')).payload).toBe('old');
    const handler = bench.lambda.resources?.['AWS::Lambda::Function'];
    await handler?.update?.(resourceContext('f'), { Role: functionRole, Code: { S3Key: 'asset' }, Environment: { Variables: { MODE: 'new' } } } as never, { ref: 'f', attributes: {} });
    expect((await bench.invoke('f')).payload).toBe('new');
    expect(handler?.properties).not.toContain('VpcConfig');
    await expect(bench.define('python', { Runtime: 'python3.13' })).rejects.toThrow('Node.js');
  });

  it('keeps the functions of two Regions apart', async () => {
    const bench = createLambdaBench({ f: async (_, __, environment) => environment['AWS_REGION'] });
    await bench.define('f');
    await bench.define('f', {}, 'us-west-2');
    const west = await bench.world.ask<{ Payload: Uint8Array }>('lambda', 'Invoke', { FunctionName: 'f' }, 'us-west-2');
    expect(Buffer.from(west.Payload).toString()).toBe('"us-west-2"');
    expect((await bench.invoke('f')).payload).toBe(region);
  });
});

describe('a function\'s console', () => {
  it('ends in its log group, and metrics in it in CloudWatch', async () => {
    const bench = createLambdaBench({
      say: async (_, __, ___, ____, log) => {
        log('hello');
        log(JSON.stringify({ _aws: { Timestamp: 5, CloudWatchMetrics: [{ Namespace: 'batchctl', Dimensions: [['Region']], Metrics: [{ Name: 'Rows', Unit: 'Count' }] }] }, Region: 'r', Rows: 12 }));
      },
    });
    await bench.define('say');
    await bench.invoke('say');
    const found = await bench.world.ask<{ events: { message: string }[] }>('logs', 'FilterLogEvents', { logGroupName: '/aws/lambda/say', filterPattern: 'hello' });
    expect(found.events.map((line) => line.message)).toEqual(['hello']);
    expect(bench.world.metrics).toContainEqual({ region, namespace: 'batchctl', name: 'Rows', dimensions: { Region: 'r' }, value: 12, unit: 'Count', at: 5 });
  });
});
