/**
 * Step Functions, standard workflows. Imitated: the Amazon States Language with JSONata (Task, Pass, Choice, Wait,
 * Succeed, Fail, Parallel, inline and Distributed Map, Retry, Catch, variables, time-outs), execution names, histories,
 * stop, redrive with its eligibility, Map Runs and their children, eventually consistent lists, the API's token buckets,
 * size limits, metrics and status events. Calls are made as the state machine's role.
 *
 * Durable: an execution is plain JSON, checkpointed at every state and iteration. A restart, an outage of the Region and
 * a redrive all go on from there; a task that was in flight is run again.
 *
 * Not imitated, and refused where a definition asks for it: JSONPath, express state machines (children of a Map Run may
 * be express), activities, `.sync` and `.waitForTaskToken`, aliases and versions.
 */
import { AwsError, type CallContext, type Operation, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createRegionGate } from '../compute/region-gate.js';
import { createTokenBucket, type TokenBucket } from '../compute/token-bucket.js';
import { createExecutionEngine } from './engine.js';
import { createExecutionOperations } from './execution-operations.js';
import { describeMapRun, listMapRuns } from './listing.js';
import { createMachineOperations } from './machine-operations.js';
import { isClosed } from './records.js';
import { quotasOf, throttledOperations } from './quotas.js';
import { stateMachineResource } from './resources.js';
import { createStatesStore, type StatesSnapshot } from './store.js';

export function createStates(world: World): Service {
  const store = createStatesStore();
  const gate = createRegionGate(world.faults);
  const engine = createExecutionEngine(world, store, gate);
  const machines = createMachineOperations(world, store);
  const throttle = createThrottle(world);
  const operations: Record<string, Operation> = {
    ...machines.operations,
    ...createExecutionOperations(world, store, engine),
    DescribeMapRun: async (input: { mapRunArn: string }) => describeMapRun(store, input.mapRunArn, world.clock.now()),
    ListMapRuns: async (input: { executionArn: string }) => listMapRuns(store, input.executionArn),
  };
  /** What runs is stopped: its functions mostly go in the same breath. AWS would let it run into that. */
  const removeMachine = async (arn: string): Promise<void> => {
    for (const execution of [...store.executionsOf(arn)]) {
      if (!isClosed(execution.status)) engine.close(execution, 'ABORTED', { cause: 'The state machine was deleted' });
    }
    store.machines.delete(arn);
    world.changed();
  };
  return {
    name: 'states',
    operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, throttle(name, operation)])),
    permissions,
    resources: { 'AWS::StepFunctions::StateMachine': stateMachineResource(world, machines, removeMachine) },
    snapshot: () => store.snapshot(),
    restore: (state: StatesSnapshot) => store.restore(state),
    start() {
      for (const execution of store.executions.values()) {
        // Children go on under their Map Run, which their parent's checkpoint leads to.
        if (execution.status === 'RUNNING' && !execution.child) engine.launch(execution);
      }
    },
    stop() {
      engine.halt();
      gate.close();
    },
    inspect() {
      const running = [...store.executions.values()].filter((execution) => execution.status === 'RUNNING');
      return { stateMachines: store.machines.size, executions: store.executions.size, running: running.map((execution) => execution.arn) };
    },
  };
}

/** One token bucket per operation and Region, when quotas are on. */
function createThrottle(world: World): (name: string, operation: Operation) => Operation {
  const buckets = new Map<string, TokenBucket>();
  const limited = throttledOperations as readonly string[];
  return (name, operation) => {
    if (world.quotas === 'off' || !limited.includes(name)) return operation;
    return (input: unknown, call: CallContext) => {
      const key = `${name}@${call.region}`;
      let bucket = buckets.get(key);
      if (!bucket) {
        const { capacity, refillPerSecond } = quotasOf(call.region)[name as (typeof throttledOperations)[number]];
        bucket = createTokenBucket(world.clock, capacity, refillPerSecond);
        buckets.set(key, bucket);
      }
      if (!bucket.take()) return Promise.reject(new AwsError('ThrottlingException', 'Rate exceeded'));
      return operation(input, call) as Promise<unknown>;
    };
  };
}

function permissions(operation: string, input: unknown): RequiredPermission[] {
  const { stateMachineArn, executionArn, mapRunArn, resourceArn } = input as Record<string, string | undefined>;
  return [{ action: `states:${operation}`, resource: mapRunArn ?? executionArn ?? stateMachineArn ?? resourceArn ?? '*' }];
}
