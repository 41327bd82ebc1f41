import { describe, expect, it } from 'vitest';
import { createBench, invoke, outputOf } from './machines.js';

class InputRejected extends Error {
  override name = 'InputRejected';
}

describe('states, one after another', () => {
  it('passes outputs on, assigns variables and chooses by condition', async () => {
    const bench = createBench();
    const done = await bench.run({
      Begin: { Type: 'Pass', Assign: { size: '{% $states.input.n * 2 %}', label: 'big {fixed}' }, Output: { n: '{% $states.input.n %}' }, Next: 'Which' },
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $size > 10 %}', Next: 'Large', Output: { from: 'rule', size: '{% $size %}' } }],
        Default: 'Small',
      },
      Large: { Type: 'Succeed', Output: '{% $merge([$states.input, {"label": $label}]) %}' },
      Small: { Type: 'Fail', Error: 'TooSmall' },
    }, { n: 7 });
    expect(done.status).toBe('SUCCEEDED');
    expect(outputOf(done)).toEqual({ from: 'rule', size: 14, label: 'big {fixed}' });
    const history = await bench.history(done.executionArn);
    expect(history.map((event) => event.type)).toEqual(['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ChoiceStateEntered',
      'ChoiceStateExited', 'SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded']);
    expect(history.map((event) => event.previousEventId)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('calls as the state machine\'s role and gives the function\'s result', async () => {
    const bench = createBench({ double: ({ n }: { n: number }) => ({ n: n * 2 }) });
    const done = await bench.run({ Double: invoke('double') }, { n: 21 });
    expect(outputOf(done)).toEqual({ n: 42 });
    expect(bench.world.calls[0]?.principal).toEqual({ arn: 'arn:aws:iam::111122223333:role/runner', origin: 'us-east-1' });
  });

  it('waits in simulated time', async () => {
    const bench = createBench();
    const before = bench.world.clock.now();
    const done = await bench.run({ Pause: { Type: 'Wait', Seconds: '{% $states.input.s %}', End: true } }, { s: 90 });
    expect(done.status).toBe('SUCCEEDED');
    expect(bench.world.clock.now() - before).toBe(90_000);
  });

  it('tells expressions the context of the execution', async () => {
    const bench = createBench();
    const done = await bench.run({ Tell: { Type: 'Pass', Output: '{% $states.context.Execution.Name & "/" & $states.context.State.Name & "/" & $string($states.context.Execution.RedriveCount) %}', End: true } });
    expect(outputOf(done)).toBe('run/Tell/0');
  });
});

describe('failures', () => {
  it('retries with back-off, then catches with the error output', async () => {
    const times: number[] = [];
    const bench = createBench({ bad: () => { times.push(bench.world.clock.now()); throw new InputRejected('row 3'); } });
    const done = await bench.run({
      Try: invoke('bad', 'Never', {
        Retry: [{ ErrorEquals: ['Other'], MaxAttempts: 9 }, { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 10 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell', Output: '{% {"error": $states.errorOutput.Error, "message": $parse($states.errorOutput.Cause).errorMessage} %}' }],
      }),
      Never: { Type: 'Succeed' },
      Tell: { Type: 'Succeed' },
    });
    expect(outputOf(done)).toEqual({ error: 'InputRejected', message: 'row 3' });
    expect(times.map((at, index) => at - (times[index - 1] ?? at))).toEqual([0, 2_000, 6_000, 10_000]);
  });

  it('fails the execution with error and cause when nothing catches', async () => {
    const bench = createBench({ bad: () => { throw new InputRejected('row 3'); } });
    const done = await bench.run({ Try: invoke('bad', undefined, { Retry: [{ ErrorEquals: ['InputRejected'], MaxAttempts: 0 }] }) });
    expect(done).toMatchObject({ status: 'FAILED', error: 'InputRejected' });
    expect(done.cause).toContain('row 3');
    expect(bench.world.metrics.map((metric) => metric.name)).toEqual(['ExecutionsStarted', 'ExecutionsFailed', 'ExecutionTime']);
  });

  it('times a task out as States.Timeout, which States.TaskFailed does not match', async () => {
    const bench = createBench({ slow: async () => bench.world.clock.sleep(60_000) });
    const done = await bench.run({
      Slow: invoke('slow', undefined, { TimeoutSeconds: 5, Retry: [{ ErrorEquals: ['States.TaskFailed'] }], Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }] }),
      Late: { Type: 'Pass', Output: 'late', End: true },
    });
    expect(outputOf(done)).toBe('late');
    expect(bench.world.calls).toHaveLength(1);
  });

  it('ends an execution that exceeds its own time limit as TIMED_OUT', async () => {
    const bench = createBench();
    const done = await bench.run({ Pause: { Type: 'Wait', Seconds: 600, End: true } }, {}, { TimeoutSeconds: 30 });
    expect(done.status).toBe('TIMED_OUT');
    expect((await bench.history(done.executionArn)).at(-1)?.type).toBe('ExecutionTimedOut');
  });

  it('refuses more than 256 KiB between states, beyond the reach of States.ALL', async () => {
    const bench = createBench({ large: () => 'x'.repeat(262_144) });
    const done = await bench.run({ Large: invoke('large', 'After', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }] }), After: { Type: 'Succeed' } });
    expect(done).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('names the errors of other services as Step Functions does', async () => {
    const bench = createBench();
    const missing = await bench.run({ Call: invoke('nobody') });
    expect(missing.error).toBe('Lambda.ResourceNotFoundException');
  });

  it('reports an expression that gives nothing', async () => {
    const bench = createBench();
    const done = await bench.run({ Tell: { Type: 'Pass', Output: '{% $states.input.absent %}', End: true } });
    expect(done).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });
});

describe('branches', () => {
  it('runs an inline Map with its concurrency, selector and outer variables', async () => {
    let running = 0;
    let most = 0;
    const bench = createBench({
      work: async ({ item, factor }: { item: number; factor: number }) => {
        running += 1;
        most = Math.max(most, running);
        await bench.world.clock.sleep(1_000);
        running -= 1;
        return item * factor;
      },
    });
    const done = await bench.run({
      Set: { Type: 'Pass', Assign: { factor: 10 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: '{% $states.input.items %}',
        ItemSelector: { item: '{% $states.context.Map.Item.Value %}', index: '{% $states.context.Map.Item.Index %}', factor: '{% $factor %}' },
        MaxConcurrency: 2,
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Work', States: { Work: invoke('work') } },
        End: true,
      },
    }, { items: [1, 2, 3, 4, 5] });
    expect(outputOf(done)).toEqual([10, 20, 30, 40, 50]);
    expect(most).toBe(2);
  });

  it('gives an empty array for no items', async () => {
    const bench = createBench();
    const done = await bench.run({ Each: { Type: 'Map', Items: [], ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } }, End: true } });
    expect(outputOf(done)).toEqual([]);
  });

  it('stops sibling branches when one fails, and the failure can be caught', async () => {
    const bench = createBench({ bad: () => { throw new InputRejected('no'); } });
    const done = await bench.run({
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Bad', States: { Bad: invoke('bad') } },
          { StartAt: 'Long', States: { Long: { Type: 'Wait', Seconds: 1000, Next: 'After' }, After: invoke('never') } },
        ],
        Catch: [{ ErrorEquals: ['InputRejected'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', Output: 'caught', End: true },
    });
    expect(outputOf(done)).toBe('caught');
    expect(bench.world.calls).toHaveLength(1);
  });
});

describe('definitions', () => {
  const create = async (definition: unknown): Promise<unknown> => createBench().world.ask('states', 'CreateStateMachine', { name: 'm', roleArn: 'r', definition: JSON.stringify(definition) });

  it.each([
    ['JSONPath', { StartAt: 'A', States: { A: { Type: 'Pass', ResultPath: '$.x', End: true } } }, /JSONPath/],
    ['a dangling Next', { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } }, /MISSING_TRANSITION_TARGET.*B at \/States\/A\/Next/],
    ['a syntax error in an expression', { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Pass', Output: '{% $states. %}', End: true } } }, /JSONata.*\/States\/A\/Output/],
    ['an unknown integration', { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Task', Resource: 'arn:aws:states:::glue:startJobRun.sync', End: true } } }, /request-response/],
    ['an unknown field', { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Succeed', Speed: 3 } } }, /Speed is not a field/],
  ])('refuses %s', async (_, definition, message) => {
    await expect(create(definition)).rejects.toThrow(message);
  });
});
