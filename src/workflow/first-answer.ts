import type { Clock } from './ports.js';

/** Both replicas hold the same truth, so whichever answers first will do. When none does, the first one's reason is thrown. */
export async function firstAnswer<T>(attempts: Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

/** A replica that has not answered by then may be in trouble. */
const secondReplicaAfterMs = 400;

/**
 * The same for long answers: the second replica is asked only when the first fails or is slow. Reading a thousand open jobs
 * from both would double the work of every look, on this host and on the table.
 */
export async function firstAnswerInTurn<T>(clock: Clock, first: () => Promise<T>, second: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const one = first();
  const failed = new Promise<void>((resolve) => { one.catch(() => { resolve(); }); });
  const due = Promise.race([clock.sleep(secondReplicaAfterMs, over.signal), failed]);
  try {
    return await firstAnswer([one, due.then(second)]);
  } finally {
    over.abort();
  }
}
