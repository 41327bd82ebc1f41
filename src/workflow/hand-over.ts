import type { OperationEvent, StepName } from '../core/operation.js';

/**
 * The reason of an abort that asks an operation to stop at its next safe point and stay exactly as it is: the time of
 * this process ends (a function's), and another one goes on. Nothing is put back and the lock is kept.
 */
export class HandOver extends Error {
  constructor(readonly why: string) {
    super(why);
    this.name = 'HandOver';
  }
}

export function handOverOf(signal: AbortSignal): HandOver | undefined {
  return signal.aborted && signal.reason instanceof HandOver ? signal.reason : undefined;
}

/** True when the run that wrote these events stopped in order, so that whoever comes next need not wait for its lease. */
export function isHandedOver(events: readonly OperationEvent[]): boolean {
  return events.at(-1)?.type === 'operation-suspended';
}

/**
 * When a step of an operation that is handed from process to process first began, so that its deadline is one for all of
 * them. Resuming by hand begins anew: the operator who does it gives the step its whole time again.
 */
export function firstStartOf(events: readonly OperationEvent[], step: StepName): string | undefined {
  let first: string | undefined;
  for (const [index, event] of events.entries()) {
    if (event.type === 'operation-started' && events[index - 1]?.type !== 'operation-suspended') first = undefined;
    if (event.type === 'step-started' && event.step === step) first ??= event.at;
  }
  return first;
}
