import type { World } from '../../world.js';
import type { RegionGate } from '../compute/region-gate.js';
import { createTokenBucket, type TokenBucket } from '../compute/token-bucket.js';
import { announce } from './announcements.js';
import { createExpressions } from './expressions.js';
import { Halted, StateFailure } from './failures.js';
import { record } from './history.js';
import { createIntegrations } from './integrations.js';
import { runFrame } from './interpreter.js';
import { parseJson, type Json, type JsonObject } from './json.js';
import type { Engine } from './place.js';
import { quotasOf } from './quotas.js';
import { isClosed, newFrame, type Execution, type Frame, type MapRun } from './records.js';
import { rewindFrame } from './redrive.js';
import { createScope, type Scope } from './scope.js';
import type { StatesStore } from './store.js';

/** AWS adds some tens of milliseconds between states; only with `realistic` latencies. */
const transitionLatencyMs = 25;

/** Runs executions in the background. All that it knows of them is in the store; here is only what is alive. */
export interface ExecutionEngine extends Engine {
  /** Begins, or goes on with, an execution whose status is RUNNING. */
  launch(execution: Execution): void;
  redrive(execution: Execution): void;
  /** Leaves every execution where it stands. */
  halt(): void;
}

export function createExecutionEngine(world: World, store: StatesStore, gate: RegionGate): ExecutionEngine {
  const live = new Map<string, Scope>();
  const roots = createScope();
  const transitions = new Map<string, TokenBucket>();

  const engine: ExecutionEngine = {
    world,
    gate,
    store,
    expressions: createExpressions(world),
    callIntegration: createIntegrations(world),
    transition: (region, scope) => awaitTransition(world, transitions, region, scope),
    launch(execution) {
      const scope = live.get(execution.arn);
      // A halted scope is the end of an earlier run, which a redrive does not wait for.
      if (!scope || scope.halted) void drive(execution, roots);
    },
    runChild: async (mapRun, index, scope) => {
      const child = childOf(mapRun, index);
      await drive(child, scope);
      if (!isClosed(child.status)) throw new Halted();
      return child;
    },
    redrive(execution) {
      resume(execution);
      engine.launch(execution);
    },
    close: closeExecution,
    halt: () => roots.halt(),
  };

  /** Runs until the execution is closed or its scope is halted; never throws. */
  async function drive(execution: Execution, parent: Scope): Promise<void> {
    const scope = parent.child();
    live.set(execution.arn, scope);
    const cancelTimeout = armTimeout(execution);
    try {
      const output = await runExecution(execution, scope);
      if (!isClosed(execution.status)) closeExecution(execution, 'SUCCEEDED', { output: JSON.stringify(output) });
    } catch (problem) {
      if (problem instanceof Halted || isClosed(execution.status)) return;
      const failure = problem instanceof StateFailure ? problem : new StateFailure('States.Runtime', String(problem));
      closeExecution(execution, 'FAILED', { error: failure.error, cause: failure.reason });
    } finally {
      cancelTimeout();
      parent.release(scope);
      if (live.get(execution.arn) === scope) live.delete(execution.arn);
    }
  }

  async function runExecution(execution: Execution, scope: Scope): Promise<Json> {
    const definition = store.definition(execution.stateMachineArn, execution.revision);
    const block = definition.blocks.get(execution.blockId);
    if (!block) throw new StateFailure('States.Runtime', `The definition has no block '${execution.blockId}'.`);
    const executionInput = parseJson(execution.input) ?? null;
    return runFrame({ engine, execution, executionInput, definition, block, frame: execution.frame, outer: {}, scope });
  }

  function armTimeout(execution: Execution): () => void {
    const seconds = execution.child ? undefined : store.definition(execution.stateMachineArn, execution.revision).timeoutSeconds;
    if (seconds === undefined) return () => undefined;
    const deadline = (execution.redrivenAt ?? execution.startedAt) + seconds * 1000;
    return world.clock.after(Math.max(0, deadline - world.clock.now()), () => {
      void gate.open(execution.region).then(() => {
        if (execution.status === 'RUNNING') closeExecution(execution, 'TIMED_OUT', {});
      });
    });
  }

  function closeExecution(execution: Execution, status: Parameters<Engine['close']>[1], result: Parameters<Engine['close']>[2]): void {
    execution.status = status;
    execution.stoppedAt = world.clock.now();
    Object.assign(execution, result);
    const type = { SUCCEEDED: 'ExecutionSucceeded', FAILED: 'ExecutionFailed', TIMED_OUT: 'ExecutionTimedOut', ABORTED: 'ExecutionAborted' }[status];
    record(execution, execution.frame, world.clock.now(), type, { ...result } as JsonObject, true);
    live.get(execution.arn)?.halt();
    if (status !== 'SUCCEEDED') abortMapRuns(execution.frame);
    store.closed(execution);
    announce(world, execution);
    world.changed();
  }

  /** What a failed, stopped or overdue execution leaves running beneath it ends with it. */
  function abortMapRuns(frame: Frame): void {
    for (const branch of frame.branches ?? []) if (branch) abortMapRuns(branch);
    const mapRun = frame.mapRunArn === undefined ? undefined : store.mapRuns.get(frame.mapRunArn);
    if (mapRun?.status !== 'RUNNING') return;
    mapRun.status = 'ABORTED';
    mapRun.stoppedAt = world.clock.now();
    for (const arn of mapRun.children) {
      const child = arn === null ? undefined : store.executions.get(arn);
      if (child && !isClosed(child.status)) closeExecution(child, 'ABORTED', {});
    }
  }

  function resume(execution: Execution): void {
    execution.statusBeforeRedrive = execution.status;
    execution.status = 'RUNNING';
    execution.redriveCount += 1;
    execution.redrivenAt = world.clock.now();
    for (const member of ['stoppedAt', 'error', 'cause', 'output'] as const) delete execution[member];
    record(execution, execution.frame, world.clock.now(), 'ExecutionRedriven', { redriveCount: execution.redriveCount });
    rewindFrame(store, execution, execution.frame, world.clock.now());
    world.changed();
  }

  function childOf(mapRun: MapRun, index: number): Execution {
    const arn = mapRun.children[index];
    const existing = typeof arn === 'string' ? store.executions.get(arn) : undefined;
    if (existing) {
      if (existing.status === 'PENDING_REDRIVE') resume(existing);
      return existing;
    }
    const child = newChild(engine, mapRun, index);
    mapRun.children[index] = child.arn;
    store.add(child);
    world.changed();
    return child;
  }

  return engine;
}

function newChild(engine: Engine, mapRun: MapRun, index: number): Execution {
  const { store, world } = engine;
  const parent = store.execution(mapRun.executionArn);
  const { input, itemCount } = mapRun.inputs[index] ?? { input: null, itemCount: 0 };
  const name = world.random.uuid();
  const definition = store.definition(parent.stateMachineArn, parent.revision);
  const block = definition.blocks.get(mapRun.blockId);
  const child: Execution = {
    arn: `${parent.arn.split(':').slice(0, 6).join(':')}:${parent.stateMachineArn.split(':').at(-1) ?? ''}/${mapRun.label}:${name}`,
    name,
    stateMachineArn: parent.stateMachineArn,
    region: parent.region,
    roleArn: parent.roleArn,
    revision: parent.revision,
    blockId: mapRun.blockId,
    input: JSON.stringify(input),
    status: 'RUNNING',
    startedAt: world.clock.now(),
    redriveCount: 0,
    child: { mapRunArn: mapRun.arn, index, itemCount, express: mapRun.express },
    frame: newFrame(block?.startAt ?? '', input),
    history: [],
  };
  recordStart(child, world.clock.now());
  return child;
}

export function recordStart(execution: Execution, now: number): void {
  record(execution, execution.frame, now, 'ExecutionStarted', { input: execution.input, roleArn: execution.roleArn });
}

async function awaitTransition(world: World, buckets: Map<string, TokenBucket>, region: string, scope: Scope): Promise<void> {
  if (world.latency === 'realistic') await scope.wait(world.clock.sleep(transitionLatencyMs));
  if (world.quotas === 'off') return;
  const { capacity, refillPerSecond } = quotasOf(region).StateTransition;
  const bucket = buckets.get(region) ?? createTokenBucket(world.clock, capacity, refillPerSecond);
  buckets.set(region, bucket);
  while (!bucket.take()) await scope.wait(world.clock.sleep(bucket.waitMs()));
}
