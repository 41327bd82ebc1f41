import { describe, expect, it } from 'vitest';
import { region } from '../compute/test-world.js';
import { createBench, invoke, outputOf, type Bench } from './machines.js';

class Broken extends Error {
  override name = 'Broken';
}

/** A Map of five waiting items between two tasks, and how often each step was called. */
function countingBench(): { bench: Bench; calls: string[]; states: Record<string, unknown> } {
  const calls: string[] = [];
  const bench: Bench = createBench({
    first: () => { calls.push('first'); return { items: [0, 1, 2, 3, 4] }; },
    item: async (item: number) => {
      calls.push(`item-${item}`);
      await bench.world.clock.sleep(10_000 * (item + 1));
      return item * 2;
    },
    last: (input: unknown) => { calls.push('last'); return input; },
  });
  const states = {
    First: invoke('first', 'Each'),
    Each: {
      Type: 'Map', Items: '{% $states.input.items %}', MaxConcurrency: 2, Next: 'Last',
      ItemProcessor: { StartAt: 'Item', States: { Item: invoke('item', 'Rest'), Rest: { Type: 'Wait', Seconds: 5, End: true } } },
    },
    Last: invoke('last'),
  };
  return { bench, calls, states };
}

describe('a restart', () => {
  it.each([0, 5_000, 12_000, 31_000, 64_000])('goes on from the checkpoint, %d ms into the execution', async (crashAt) => {
    const { bench, calls, states } = countingBench();
    const arn = await bench.begin(states);
    await bench.world.clock.advance(crashAt);
    await bench.restart();
    await bench.world.clock.runUntilIdle(600_000);
    expect(outputOf(await bench.describe(arn))).toEqual([0, 2, 4, 6, 8]);
    const history = await bench.history(arn);
    expect(history.filter((event) => event.type === 'TaskSucceeded')).toHaveLength(7);
    expect(history.filter((event) => event.type === 'TaskScheduled')).toHaveLength(7);
    // Only what was in flight is called a second time.
    expect(calls.length).toBeLessThanOrEqual(7 + 2);
    expect(calls.filter((call) => call === 'first')).toHaveLength(1);
  });

  it('waits only for what is left of a Wait', async () => {
    const bench = createBench();
    const begun = bench.world.clock.now();
    const arn = await bench.begin({ Pause: { Type: 'Wait', Seconds: 100, End: true } });
    await bench.world.clock.advance(60_000);
    await bench.restart();
    await bench.world.clock.runUntilIdle();
    expect((await bench.describe(arn)).status).toBe('SUCCEEDED');
    expect(bench.world.clock.now() - begun).toBe(100_000);
  });
});

describe('an outage of the Region', () => {
  it('stops everything where it stands and runs the task in flight again', async () => {
    const { bench, calls, states } = countingBench();
    const arn = await bench.begin(states);
    await bench.world.clock.advance(5_000);
    bench.world.faults.setRegion(region, 'down');
    const before = calls.length;
    await bench.world.clock.advance(3_600_000);
    expect(calls).toHaveLength(before);
    bench.world.faults.setRegion(region, 'up');
    await bench.world.clock.runUntilIdle(600_000);
    expect(outputOf(await bench.describe(arn))).toEqual([0, 2, 4, 6, 8]);
    expect(calls.filter((call) => call === 'item-0')).toHaveLength(2);
    expect(calls.filter((call) => call === 'item-4')).toHaveLength(1);
    expect(calls.filter((call) => call === 'first')).toHaveLength(1);
  });

  it('lets an isolated Region go on computing', async () => {
    const { bench, states } = countingBench();
    const arn = await bench.begin(states);
    bench.world.faults.setRegion(region, 'isolated');
    await bench.world.clock.runUntilIdle(600_000);
    bench.world.faults.setRegion(region, 'up');
    expect((await bench.describe(arn)).status).toBe('SUCCEEDED');
  });
});

describe('stop and redrive', () => {
  it('keeps finished iterations and runs only the failed ones', async () => {
    let broken = true;
    const seen: number[] = [];
    const bench = createBench({ item: (item: number) => { seen.push(item); if (item === 2 && broken) throw new Broken('two'); return item; } });
    const done = await bench.run({
      Each: { Type: 'Map', Items: [0, 1, 2, 3], MaxConcurrency: 1, ItemProcessor: { StartAt: 'Item', States: { Item: invoke('item', undefined, { Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }] }) } }, End: true },
    });
    expect(done).toMatchObject({ status: 'FAILED', error: 'Broken', redriveStatus: 'REDRIVABLE' });
    expect(seen).toEqual([0, 1, 2, 2]);
    broken = false;
    await bench.world.ask('states', 'RedriveExecution', { executionArn: done.executionArn });
    await bench.world.clock.runUntilIdle(600_000);
    const redriven = await bench.describe(done.executionArn);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE' });
    expect(outputOf(redriven)).toEqual([0, 1, 2, 3]);
    expect(seen).toEqual([0, 1, 2, 2, 2, 3]);
    const types = (await bench.history(done.executionArn)).map((event) => event.type);
    expect(types.filter((type) => type === 'MapStateEntered')).toHaveLength(1);
    expect(types).toContain('ExecutionRedriven');
  });

  it('does not kill the function of a stopped execution, but ignores its result', async () => {
    let finished = false;
    const bench = createBench({ slow: async () => { await bench.world.clock.sleep(60_000); finished = true; } });
    const arn = await bench.begin({ Slow: invoke('slow', 'After'), After: invoke('after') });
    await bench.world.clock.advance(1_000);
    await bench.world.ask('states', 'StopExecution', { executionArn: arn, error: 'Failover', cause: 'the operator moved' });
    await bench.world.clock.runUntilIdle();
    expect(finished).toBe(true);
    expect(bench.world.calls).toHaveLength(1);
    expect(await bench.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Failover' });
  });

  it('redrives an execution that was stopped in the middle', async () => {
    const { bench, calls, states } = countingBench();
    const arn = await bench.begin(states);
    await bench.world.clock.advance(12_000);
    await bench.world.ask('states', 'StopExecution', { executionArn: arn });
    await bench.world.ask('states', 'RedriveExecution', { executionArn: arn });
    await bench.world.clock.runUntilIdle(600_000);
    expect(outputOf(await bench.describe(arn))).toEqual([0, 2, 4, 6, 8]);
    expect(calls.filter((call) => call === 'first')).toHaveLength(1);
    expect(calls.filter((call) => call === 'item-0')).toHaveLength(1);
  });

  it('may come at any moment: nothing is recorded after it, and the redrive ends as if it had not been', async () => {
    for (let turns = 0; turns < 120; turns += 1) {
      const bench = createBench({ item: (item: number) => item * 2 });
      const arn = await bench.begin({
        Set: { Type: 'Pass', Assign: { factor: '{% 1 + 1 %}' }, Output: { items: '{% [1, 2, 3] %}' }, Next: 'Each' },
        Each: { Type: 'Map', Items: '{% $states.input.items[$ > 0] %}', MaxConcurrency: 2, ItemProcessor: { StartAt: 'Item', States: { Item: invoke('item') } }, Next: 'Sum' },
        Sum: { Type: 'Pass', Output: '{% $sum($states.input) * $factor %}', End: true },
      });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await bench.world.ask('states', 'StopExecution', { executionArn: arn });
      await bench.world.clock.runUntilIdle();
      const stopped = await bench.describe(arn);
      if (stopped.status === 'ABORTED') {
        expect((await bench.history(arn)).at(-1)?.type).toBe('ExecutionAborted');
        await bench.world.ask('states', 'RedriveExecution', { executionArn: arn });
        await bench.world.clock.runUntilIdle();
      }
      const done = await bench.describe(arn);
      expect([turns, done.status, outputOf(done)]).toEqual([turns, 'SUCCEEDED', 24]);
      const iterations = (await bench.history(arn)).filter((event) => event.type === 'MapIterationSucceeded');
      expect(iterations).toHaveLength(3);
    }
  });

  it('refuses a redrive of what runs, what succeeded and what closed more than 14 days ago', async () => {
    const bench = createBench({ bad: () => { throw new Broken('x'); } });
    const redrive = (executionArn: string): Promise<unknown> => bench.world.ask('states', 'RedriveExecution', { executionArn });
    const running = await bench.begin({ Pause: { Type: 'Wait', Seconds: 5, End: true } });
    await expect(redrive(running)).rejects.toMatchObject({ code: 'ExecutionNotRedrivable', message: 'Execution is RUNNING and cannot be redriven' });
    await bench.world.clock.advance(6_000);
    await expect(redrive(running)).rejects.toThrow('SUCCEEDED');
    const failed = await bench.run({ Bad: invoke('bad') });
    await bench.world.clock.advance(14 * 86_400_000 + 1);
    await expect(redrive(failed.executionArn)).rejects.toThrow('period exceeded');
  });

  it('redrives once for one client token', async () => {
    const bench = createBench({ bad: () => { throw new Broken('x'); } });
    const { executionArn } = await bench.run({ Bad: invoke('bad') });
    await bench.world.ask('states', 'RedriveExecution', { executionArn, clientToken: 't' });
    await bench.world.clock.advance(1_000);
    await bench.world.ask('states', 'RedriveExecution', { executionArn, clientToken: 't' });
    await bench.world.clock.advance(1_000);
    expect((await bench.describe(executionArn)).redriveCount).toBe(1);
  });
});
