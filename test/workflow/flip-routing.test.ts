import { describe, expect, it } from 'vitest';
import { policySchema } from '../../src/config/schema.js';
import type { RoutingState } from '../../src/core/snapshot.js';
import { refused } from '../../src/errors.js';
import type { OperationContext } from '../../src/workflow/operation-context.js';
import { flipRoutingControls } from '../../src/workflow/steps/flip-routing.js';

const endpoints = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'];
const states = (on: string): Record<string, RoutingState> => ({ 'us-east-1': on === 'us-east-1' ? 'On' : 'Off', 'us-west-2': on === 'us-west-2' ? 'On' : 'Off' });

/** Five endpoints that show what they are told to; a change shows at all of them at once. */
function cluster(shown: (Record<string, RoutingState> | 'down')[], refusals: Error[] = []): { context: OperationContext; writes: Record<string, RoutingState>[] } {
  const writes: Record<string, RoutingState>[] = [];
  const answers = [...shown];
  let nowMs = 0;
  const context = {
    plan: { from: 'us-west-2', to: 'us-east-1' },
    policy: policySchema.parse({}),
    signal: new AbortController().signal,
    progress: () => {},
    read: {
      clock: { now: () => new Date(nowMs), sleep: (milliseconds: number) => { nowMs += milliseconds; return Promise.resolve(); } },
      routingControls: {
        endpointRegions: endpoints,
        readStates: (region: string) => {
          const answer = answers[endpoints.indexOf(region)];
          return answer === undefined || answer === 'down' ? Promise.reject(new Error('down')) : Promise.resolve(answer);
        },
      },
    },
    write: { routingControls: { setStates: (wanted: Record<string, RoutingState>) => {
      const refusal = refusals.shift();
      if (refusal) return Promise.reject(refusal);
      writes.push(wanted);
      answers.forEach((answer, index) => { if (answer !== 'down') answers[index] = wanted; });
      return Promise.resolve('eu-west-1');
    } } },
  };
  return { context: context as unknown as OperationContext, writes };
}

describe('setting the routing controls', () => {
  const back = states('us-east-1');
  const there = states('us-west-2');
  const cases: [string, (Record<string, RoutingState> | 'down')[], 'skipped' | 'done'][] = [
    ['all five say so already', [back, back, back, back, back], 'skipped'],
    ['none says so', [there, there, there, there, there], 'done'],
    ['some have not yet seen the move that is being undone', [there, back, there, back, back], 'done'],
    ['one that is down may be the one that knows better', [back, back, back, back, 'down'], 'done'],
  ];
  it.each(cases)('%s', async (_name, shown, expected) => {
    const { context, writes } = cluster(shown);
    expect((await flipRoutingControls.run(context)).state).toBe(expected);
    expect(writes).toEqual(expected === 'done' ? [back] : []);
  });

  const refusal = (): Error => refused('SAFETY_RULE', 'the rule does not allow this change');

  it('waits out the wait period that the change of a run that crashed a moment ago began', async () => {
    const { context, writes } = cluster([there, back, there, there, there], [refusal(), refusal()]);
    expect((await flipRoutingControls.run(context)).state).toBe('done');
    expect(writes).toEqual([back]);
  });

  it('gives up on a rule that still refuses when every wait period has passed', async () => {
    const { context, writes } = cluster([there, there, there, there, there], Array.from({ length: 100 }, refusal));
    await expect(flipRoutingControls.run(context)).rejects.toMatchObject({ code: 'SAFETY_RULE' });
    expect(writes).toEqual([]);
  });

  it('tries no further after a failure of another kind', async () => {
    const { context, writes } = cluster([there, there, there, there, there], [new Error('no endpoint accepted it')]);
    await expect(flipRoutingControls.run(context)).rejects.toThrow('no endpoint accepted it');
    expect(writes).toEqual([]);
  });
});
