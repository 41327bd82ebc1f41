import { createStates } from '../../../../src/sandbox/services/states/service.js';
import type { Service } from '../../../../src/sandbox/service.js';
import { createTestWorld, lambdaAnswering, roleArn, type TestWorld } from '../compute/test-world.js';

export interface Described {
  executionArn: string;
  status: string;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  redriveStatus: string;
  redriveStatusReason?: string;
}

export interface Bench {
  world: TestWorld;
  states: Service;
  /** Creates a machine of these states and starts it. */
  begin(states: Record<string, unknown>, input?: unknown, more?: Record<string, unknown>): Promise<string>;
  /** `begin`, and let time run until it is closed. */
  run(states: Record<string, unknown>, input?: unknown, more?: Record<string, unknown>): Promise<Described>;
  describe(arn: string): Promise<Described>;
  history(arn: string): Promise<{ id: number; type: string; previousEventId: number }[]>;
  /** The same world after a crash: a new service that was given the old one's snapshot. */
  restart(): Promise<void>;
}

export function createBench(functions: Record<string, (payload: never) => unknown> = {}, world = createTestWorld()): Bench {
  world.register(lambdaAnswering(functions));
  let machines = 0;
  const bench: Bench = {
    world,
    states: createStates(world),
    async begin(states, input = {}, more = {}) {
      machines += 1;
      const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more });
      const { stateMachineArn } = await world.ask<{ stateMachineArn: string }>('states', 'CreateStateMachine', { name: `machine-${machines}`, definition, roleArn });
      const { executionArn } = await world.ask<{ executionArn: string }>('states', 'StartExecution', { stateMachineArn, name: 'run', input: JSON.stringify(input) });
      return executionArn;
    },
    async run(states, input, more) {
      const arn = await bench.begin(states, input, more);
      await world.clock.runUntilIdle(86_400_000);
      return bench.describe(arn);
    },
    describe: (executionArn) => world.ask('states', 'DescribeExecution', { executionArn }),
    history: async (executionArn) => (await world.ask<{ events: { id: number; type: string; previousEventId: number }[] }>('states', 'GetExecutionHistory', { executionArn, maxResults: 1000 })).events,
    async restart() {
      const snapshot = JSON.parse(JSON.stringify(bench.states.snapshot?.())) as never;
      await bench.states.stop?.();
      bench.states = createStates(world);
      world.register(bench.states);
      await bench.states.restore?.(snapshot);
      await bench.states.start?.();
    },
  };
  world.register(bench.states);
  return bench;
}

export function invoke(name: string, next?: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    ...(next === undefined ? { End: true } : { Next: next }),
    ...more,
  };
}

export function outputOf(described: Described): unknown {
  return described.output === undefined ? undefined : JSON.parse(described.output);
}
