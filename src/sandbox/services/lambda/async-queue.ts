import { AwsError } from '../../service.js';
import { NoAnswer, type World } from '../../world.js';
import type { RegionGate } from '../compute/region-gate.js';
import type { FunctionRegistry } from './functions.js';
import { sendRecord } from './destinations.js';
import type { Invocations, InvocationResult } from './invocations.js';
import type { FunctionConfiguration } from './runtime.js';

/** An event that Lambda accepted and has not finished with. */
export interface QueuedEvent {
  requestId: string;
  region: string;
  functionName: string;
  payload: string;
  acceptedAt: number;
  dueAt: number;
  /** Runs that ended in an error. */
  failures: number;
  throttles: number;
  lastResult?: InvocationResult;
}

export interface AsyncQueue {
  accept(fn: FunctionConfiguration, payload: string, requestId: string): void;
  /** Sets the timers of what a restored queue holds. */
  resume(): void;
  stop(): void;
  events(): QueuedEvent[];
  restore(events: QueuedEvent[]): void;
}

/** Pauses before the two retries of a function error. Source: Lambda developer guide, "Asynchronous invocation". */
const retryPausesMs = [60_000, 120_000];
/** Throttled events back off from one second up to five minutes, without being counted as tried. Same source. */
const firstThrottlePauseMs = 1_000;
const longestThrottlePauseMs = 300_000;
/** Events do not run in the moment in which they are accepted, nor in their order. */
const deliverySpreadMs = 25;

export function createAsyncQueue(
  world: World,
  registry: FunctionRegistry,
  invocations: Invocations,
  gate: RegionGate,
  options: { duplicateChance: number },
): AsyncQueue {
  const queue = new Set<QueuedEvent>();
  const timers = new Map<QueuedEvent, () => void>();
  let stopped = false;

  function schedule(event: QueuedEvent): void {
    timers.get(event)?.();
    timers.set(event, world.clock.after(Math.max(0, event.dueAt - world.clock.now()), () => {
      timers.delete(event);
      void attempt(event);
    }));
  }

  async function attempt(event: QueuedEvent): Promise<void> {
    await gate.open(event.region);
    if (stopped || !queue.has(event)) return;
    try {
      await attemptOnce(event);
    } catch (problem) {
      // The function is gone, or its destination refuses: Lambda drops the event, and so it is at least said.
      world.log(event.region, 'lambda', `event ${event.requestId} for ${event.functionName} was dropped: ${String(problem)}`);
      settle(event);
    }
    world.changed();
  }

  async function attemptOnce(event: QueuedEvent): Promise<void> {
    const fn = registry.find(event.region, event.functionName);
    const settings = registry.eventInvoke(fn.functionArn);
    if (world.clock.now() - event.acceptedAt > settings.maximumEventAgeSeconds * 1000) return giveUp(event, fn, 'EventAgeExceeded');
    const result = await runUnlessThrottled(event, fn);
    if (stopped) return;
    if (result === 'later') return schedule(event);
    event.lastResult = result;
    if (!result.failed) {
      settle(event);
      if (settings.onSuccess !== undefined) await sendRecord(world, fn, event, settings.onSuccess, 'Success');
      return;
    }
    event.failures += 1;
    if (event.failures > settings.maximumRetryAttempts) return giveUp(event, fn, 'RetriesExhausted');
    event.dueAt = world.clock.now() + (retryPausesMs[event.failures - 1] ?? 120_000);
    schedule(event);
  }

  /** The result, or `later` when the event goes back into the queue with a new time. */
  async function runUnlessThrottled(event: QueuedEvent, fn: FunctionConfiguration): Promise<InvocationResult | 'later'> {
    try {
      return await invocations.run(fn, event.payload, event.requestId);
    } catch (problem) {
      if (problem instanceof AwsError && problem.code === 'TooManyRequestsException') {
        event.dueAt = world.clock.now() + Math.min(firstThrottlePauseMs * 2 ** event.throttles, longestThrottlePauseMs);
        event.throttles += 1;
        return 'later';
      }
      if (!(problem instanceof NoAnswer)) throw problem;
      // The Region went down under it: the event is still in the queue and runs again when the Region is back.
      event.dueAt = world.clock.now();
      return 'later';
    }
  }

  async function giveUp(event: QueuedEvent, fn: FunctionConfiguration, condition: 'EventAgeExceeded' | 'RetriesExhausted'): Promise<void> {
    settle(event);
    const target = registry.eventInvoke(fn.functionArn).onFailure;
    if (target !== undefined) await sendRecord(world, fn, event, target, condition);
    if (fn.deadLetterTargetArn !== undefined) await sendRecord(world, fn, event, fn.deadLetterTargetArn, 'DeadLetter');
    const dropped = target === undefined && fn.deadLetterTargetArn === undefined;
    if (dropped) world.recordMetric(fn.region, { namespace: 'AWS/Lambda', name: 'AsyncEventsDropped', value: 1, unit: 'Count', dimensions: { FunctionName: fn.functionName } });
  }

  function settle(event: QueuedEvent): void {
    queue.delete(event);
    world.changed();
  }

  function enqueue(event: QueuedEvent): void {
    queue.add(event);
    schedule(event);
    world.changed();
  }

  return {
    accept(fn, payload, requestId) {
      const now = world.clock.now();
      const event = (): QueuedEvent => ({
        requestId, region: fn.region, functionName: fn.functionName, payload, acceptedAt: now, dueAt: now + world.random.below(deliverySpreadMs), failures: 0, throttles: 0,
      });
      enqueue(event());
      // The queue is eventually consistent: an event may be delivered twice though nothing failed.
      if (options.duplicateChance > 0 && world.random.next() < options.duplicateChance) enqueue(event());
    },
    resume: () => { for (const event of queue) schedule(event); },
    stop() {
      stopped = true;
      for (const cancel of timers.values()) cancel();
    },
    events: () => [...queue],
    restore(events) {
      queue.clear();
      for (const event of events) queue.add({ ...event });
    },
  };
}
