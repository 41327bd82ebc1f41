import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesise } from './synthesised.js';

const without = synthesise();
const deployment = synthesise({ autoFailover: 'true' });

const named = (synthesised: ReturnType<typeof synthesise>, type: string, property: string, name: string) =>
  Object.values(resourcesOf(synthesised, type)).filter((each) => each.Properties[property] === name);

describe('the automatic failover', () => {
  it('is not there unless it is asked for', () => {
    expect(named(without, 'AWS::Lambda::Function', 'FunctionName', 'batchctl-guard')).toEqual([]);
  });

  it('looks once a minute in both Regions, one invocation at a time, at the alarm of its own Region', () => {
    const functions = named(deployment, 'AWS::Lambda::Function', 'FunctionName', 'batchctl-guard');
    expect(functions).toHaveLength(2);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ ReservedConcurrentExecutions: 1, Environment: { Variables: { OTHER_IMPAIRED_ALARM: 'batchctl-other-impaired' } } });
      expect(Properties.Timeout).toBeLessThan(300);
    }
    expect(named(deployment, 'AWS::Scheduler::Schedule', 'Name', 'batchctl-guard').map((each) => each.Properties.ScheduleExpression)).toEqual(['rate(1 minute)', 'rate(1 minute)']);
  });
});
