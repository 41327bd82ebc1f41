import { errorMatches, type StateFailure } from './failures.js';
import { addEvent, bindingsOf, waitUntil, type Place } from './place.js';
import { attemptMembers } from './records.js';
import type { Catcher, Retrier, State } from './definition.js';
import type { JsonObject } from './json.js';
import type { StateExit } from './interpreter.js';

/** What the state's Retry and Catch make of a failure; undefined when neither matches. */
export async function afterFailure(place: Place, state: State, failure: StateFailure): Promise<StateExit | 'retry' | undefined> {
  if (failure.error === 'States.QueryEvaluationError') {
    addEvent(place, 'EvaluationFailed', { error: failure.error, cause: failure.reason, state: place.frame.state });
  }
  if (failure.fatal || !('Retry' in state || 'Catch' in state)) return undefined;
  const { Retry = [], Catch = [] } = state as { Retry?: Retrier[]; Catch?: Catcher[] };
  const position = Retry.findIndex((retrier) => errorMatches(retrier.ErrorEquals, failure.error));
  const retrier = Retry[position];
  if (retrier && (await retry(place, retrier, position))) return 'retry';
  const catcher = Catch.find((candidate) => errorMatches(candidate.ErrorEquals, failure.error));
  return catcher && recover(place, catcher, failure);
}

/** Pauses and returns true, or returns false when the retrier is used up. Defaults: 1 s, 3 attempts, doubling. */
async function retry(place: Place, retrier: Retrier, position: number): Promise<boolean> {
  const { frame, engine } = place;
  const used = frame.retries?.[String(position)] ?? 0;
  if (used >= (retrier.MaxAttempts ?? 3)) return false;
  frame.retries = { ...frame.retries, [String(position)]: used + 1 };
  // The state's own children are begun anew; a Map Run that failed stays in the record.
  for (const scratch of attemptMembers) delete frame[scratch];
  frame.resumeAt = engine.world.clock.now() + retryDelayMs(retrier, used, () => engine.world.random.next());
  engine.world.changed();
  await waitUntil(place, frame.resumeAt);
  delete frame.resumeAt;
  return true;
}

/** Source: states-language.net, "Retrying after error". */
export function retryDelayMs(retrier: Retrier, used: number, random: () => number): number {
  const growing = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
  const seconds = Math.min(growing, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? random() : 1);
}

async function recover(place: Place, catcher: Catcher, failure: StateFailure): Promise<StateExit> {
  const { expressions } = place.engine;
  const bindings = bindingsOf(place, { errorOutput: failure.output() });
  const output = catcher.Output === undefined ? failure.output() : await expressions.evaluate(catcher.Output, bindings);
  const assign = catcher.Assign && ((await expressions.evaluate(catcher.Assign, bindings)) as JsonObject);
  return { output, next: catcher.Next, ...(assign ? { assign } : {}) };
}
