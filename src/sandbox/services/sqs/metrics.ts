import type { World } from '../../world.js';
import { countsOf, type Queue } from './queue.js';
import type { QueueStore } from './service.js';

/**
 * The AWS/SQS metrics of each queue, once a minute. AWS publishes for every queue that was used in the last six hours;
 * here it is every queue that holds messages, or held some a minute ago, so that an idle sandbox has no timers running.
 */
export interface QueueMetrics {
  count(queue: Queue, name: 'NumberOfMessagesSent' | 'NumberOfMessagesReceived' | 'NumberOfMessagesDeleted', value: number): void;
  /** A message arrived somewhere: the minute timer must run. */
  touched(): void;
  start(): void;
  stop(): void;
}

const periodMs = 60_000;

export function createQueueMetrics(world: World, store: QueueStore): QueueMetrics {
  let cancel: (() => void) | undefined;
  let heldAMinuteAgo = new Set<string>();
  const record = (queue: Queue, name: string, value: number, unit = 'Count'): void => {
    world.recordMetric(queue.region, { namespace: 'AWS/SQS', name, dimensions: { QueueName: queue.name }, value, unit });
  };
  const publish = (): void => {
    cancel = undefined;
    const now = world.clock.now();
    const holding = new Set<string>();
    for (const [key, queue] of store.queues) {
      const counts = countsOf(queue, now);
      if (queue.messages.length > 0) holding.add(key);
      // A Region that is off publishes nothing; its queues are still counted once it is back.
      if (!world.faults.computing(queue.region) || (queue.messages.length === 0 && !heldAMinuteAgo.has(key))) continue;
      record(queue, 'ApproximateNumberOfMessagesVisible', counts.visible);
      record(queue, 'ApproximateNumberOfMessagesNotVisible', counts.inFlight);
      record(queue, 'ApproximateNumberOfMessagesDelayed', counts.delayed);
      record(queue, 'ApproximateAgeOfOldestMessage', counts.oldestSentAt === undefined ? 0 : (now - counts.oldestSentAt) / 1000, 'Seconds');
    }
    const again = holding.size > 0 || heldAMinuteAgo.size > 0;
    heldAMinuteAgo = holding;
    if (again) schedule();
  };
  const schedule = (): void => { cancel ??= world.clock.after(periodMs, publish); };
  return {
    count: (queue, name, value) => { if (value > 0) record(queue, name, value); },
    touched: schedule,
    start: () => { if ([...store.queues.values()].some((queue) => queue.messages.length > 0)) schedule(); },
    stop: () => { cancel?.(); cancel = undefined; },
  };
}
