import { describe, expect, it } from 'vitest';
import { createTestWorld, roleArn } from '../compute/test-world.js';
import { createBench, invoke, type Bench } from './machines.js';

const waiting = { Pause: { Type: 'Wait', Seconds: 60, End: true } };

async function machine(bench: Bench, states: Record<string, unknown> = waiting): Promise<string> {
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
  return (await bench.world.ask<{ stateMachineArn: string }>('states', 'CreateStateMachine', { name: 'jobs', definition, roleArn })).stateMachineArn;
}

const start = (bench: Bench, stateMachineArn: string, name: string, input = '{}'): Promise<{ executionArn: string; startDate: Date }> =>
  bench.world.ask('states', 'StartExecution', { stateMachineArn, name, input });

interface Page { executions: { name: string; status: string }[]; nextToken?: string }

describe('StartExecution', () => {
  it('is idempotent for the same name and input while it runs, and refuses anything else', async () => {
    const bench = createBench();
    const arn = await machine(bench);
    const first = await start(bench, arn, 'job-1', '{"a":1}');
    expect(await start(bench, arn, 'job-1', '{"a":1}')).toEqual(first);
    await expect(start(bench, arn, 'job-1', '{"a":2}')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists', status: 400 });
    await bench.world.clock.advance(61_000);
    await expect(start(bench, arn, 'job-1', '{"a":1}')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await bench.world.clock.advance(91 * 86_400_000);
    expect((await start(bench, arn, 'job-1', '{"a":1}')).executionArn).toBe(first.executionArn);
  });

  it.each(['', 'x'.repeat(81), 'a b', 'a/b', 'a:b', 'a*'])('refuses the name %j', async (name) => {
    const bench = createBench();
    const arn = await machine(bench);
    await expect(start(bench, arn, name)).rejects.toMatchObject({ code: 'InvalidName' });
  });

  it('refuses input that is not JSON and state machines that are not there', async () => {
    const bench = createBench();
    const arn = await machine(bench);
    await expect(start(bench, arn, 'n', '{')).rejects.toMatchObject({ code: 'InvalidExecutionInput' });
    await expect(start(bench, `${arn}x`, 'n')).rejects.toMatchObject({ code: 'StateMachineDoesNotExist' });
  });
});

describe('ListExecutions', () => {
  const list = (bench: Bench, stateMachineArn: string, more: Record<string, unknown> = {}): Promise<Page> => bench.world.ask('states', 'ListExecutions', { stateMachineArn, ...more });

  it('lags behind by a second, for starts as for ends', async () => {
    const bench = createBench();
    const arn = await machine(bench);
    await start(bench, arn, 'job-1');
    expect((await list(bench, arn)).executions).toEqual([]);
    await bench.world.clock.advance(1_500);
    expect((await list(bench, arn)).executions).toMatchObject([{ name: 'job-1', status: 'RUNNING' }]);
    await bench.world.clock.advance(59_000);
    expect((await list(bench, arn, { statusFilter: 'RUNNING' })).executions).toHaveLength(1);
    await bench.world.clock.advance(1_000);
    expect((await list(bench, arn, { statusFilter: 'RUNNING' })).executions).toHaveLength(0);
    expect((await list(bench, arn, { statusFilter: 'SUCCEEDED' })).executions).toHaveLength(1);
  });

  it('pages from the newest to the oldest', async () => {
    const bench = createBench();
    const arn = await machine(bench);
    for (let n = 0; n < 5; n += 1) await start(bench, arn, `job-${n}`);
    await bench.world.clock.advance(2_000);
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await list(bench, arn, { maxResults: 2, ...(nextToken ? { nextToken } : {}) });
      expect(page.executions.length).toBeLessThanOrEqual(2);
      names.push(...page.executions.map((execution) => execution.name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names).toEqual(['job-4', 'job-3', 'job-2', 'job-1', 'job-0']);
  });
});

describe('quotas', () => {
  it('throttle StartExecution by the Region\'s bucket, which refills', async () => {
    const bench = createBench({}, createTestWorld({ quotas: 'on' }));
    const arn = await machine(bench);
    for (let n = 0; n < 1_300; n += 1) await start(bench, arn, `job-${n}`);
    await expect(start(bench, arn, 'one-more')).rejects.toMatchObject({ code: 'ThrottlingException' });
    await bench.world.clock.advance(1_000);
    for (let n = 0; n < 300; n += 1) await start(bench, arn, `later-${n}`);
    await expect(start(bench, arn, 'again')).rejects.toMatchObject({ code: 'ThrottlingException' });
  });
});

describe('histories and definitions', () => {
  it('gives histories in pages, both ways, with details as the API names them', async () => {
    const bench = createBench({ f: () => 1 });
    const { executionArn } = await bench.run({ F: invoke('f') }, { n: 1 });
    type History = { events: ({ type: string } & Record<string, unknown>)[]; nextToken?: string };
    const page = await bench.world.ask<History>('states', 'GetExecutionHistory', { executionArn, maxResults: 3 });
    const rest = await bench.world.ask<History>('states', 'GetExecutionHistory', { executionArn, nextToken: page.nextToken });
    const all = [...page.events, ...rest.events];
    expect(all.map((event) => event.type)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded']);
    expect(all[0]?.['executionStartedEventDetails']).toMatchObject({ input: '{"n":1}', roleArn });
    expect(all[1]?.['stateEnteredEventDetails']).toMatchObject({ name: 'F', input: '{"n":1}', inputDetails: { truncated: false } });
    expect(all[2]?.['taskScheduledEventDetails']).toMatchObject({ resourceType: 'lambda', resource: 'invoke', region: 'us-east-1' });
    const reversed = await bench.world.ask<History>('states', 'GetExecutionHistory', { executionArn, reverseOrder: true, includeExecutionData: false, maxResults: 1 });
    expect(reversed.events[0]).toMatchObject({ type: 'ExecutionSucceeded', executionSucceededEventDetails: {} });
  });

  it('keeps running executions on the definition that they began with', async () => {
    const bench = createBench({ old: () => 'old', new: () => 'new' });
    const arn = await machine(bench, { Pause: { Type: 'Wait', Seconds: 10, Next: 'Say' }, Say: invoke('old') });
    const { executionArn } = await start(bench, arn, 'job-1');
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Say', States: { Say: invoke('new') } });
    await bench.world.ask('states', 'UpdateStateMachine', { stateMachineArn: arn, definition });
    const second = await start(bench, arn, 'job-2');
    await bench.world.clock.advance(20_000);
    expect((await bench.describe(executionArn)).output).toBe('"old"');
    expect((await bench.describe(second.executionArn)).output).toBe('"new"');
  });

  it('makes state machines of templates, with substitutions', async () => {
    const bench = createBench({ f: () => 'yes' });
    const handler = bench.states.resources?.['AWS::StepFunctions::StateMachine'];
    const context = { region: 'us-east-1', account: '1', stackName: 'stack', logicalId: 'Machine', assetPath: (key: string) => key, unmodelled: () => undefined };
    const DefinitionString = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'F', States: { F: invoke('${Name}') } });
    const made = await handler?.create(context, { StateMachineName: 'm', DefinitionString, DefinitionSubstitutions: { Name: 'f' }, RoleArn: roleArn } as never);
    expect(made?.ref).toBe('arn:aws:states:us-east-1:111122223333:stateMachine:m');
    const { executionArn } = await start(bench, made?.ref ?? '', 'job-1');
    await bench.world.clock.advance(1_000);
    expect((await bench.describe(executionArn)).output).toBe('"yes"');
  });
});
