import { isTransient } from '../core/failure.js';
import type { OperationEvent, Plan, StepDetail, StepName } from '../core/operation.js';
import type { Policy } from '../core/policy.js';
import type { LedgerReader, LedgerWriter } from './ledger-ports.js';
import type { ReadPorts, WritePorts } from './ports.js';
import type { ObservationTarget } from './observe.js';
import type { StartPace } from './start-pace.js';

/** Start the jobs that still run again in the target, or put everything back. */
export type DrainChoice = 'redrive' | 'undo';

/** What every step gets: the plan, the ports, and a way to say what it does. */
export interface OperationContext {
  readonly operationId: string;
  readonly plan: Plan;
  readonly target: ObservationTarget;
  readonly policy: Policy;
  readonly read: ReadPorts;
  readonly write: WritePorts;
  readonly operator: string;
  /** Every start in the target goes through it: they draw on one quota. */
  readonly starts: StartPace;
  readonly reason?: string;
  /** Asked when running jobs have not finished by the drain deadline. */
  chooseOnDrainDeadline(running: readonly string[]): Promise<DrainChoice>;
  /** Aborted when the operator asks to stop; steps that wait honour it, steps that write finish what they began. */
  readonly signal: AbortSignal;
  progress(step: StepName, message: string, counts?: ProgressCounts): void;
  note(level: 'info' | 'warn', message: string): void;
  /** Milliseconds for which the step has been at work already in processes that handed the operation over. */
  spentMs(step: StepName): number;
  /** Whether an earlier run of this operation ended the step well. */
  hasSucceeded(step: StepName): boolean;
  /** True from the moment the ledger names the target: no undo any more, only forward. */
  passedPointOfNoReturn: boolean;
}

export interface ProgressCounts {
  done: number;
  total: number;
  secondsLeft?: number;
}

export interface StepOutcome {
  state: 'done' | 'skipped' | 'warned';
  detail: StepDetail;
}

export interface Step {
  name: StepName;
  run(context: OperationContext): Promise<StepOutcome>;
}

export type EventSink = (event: OperationEvent) => void;

export function done(detail: StepDetail = {}): StepOutcome {
  return { state: 'done', detail };
}

export function skipped(why: string, detail: StepDetail = {}): StepOutcome {
  return { state: 'skipped', detail: { why, ...detail } };
}

export function warned(why: string, detail: StepDetail = {}): StepOutcome {
  return { state: 'warned', detail: { why, ...detail } };
}

/** The target's replica: the Region being left is never needed to decide anything. */
export function targetLedger(context: OperationContext): LedgerReader & LedgerWriter {
  const ledger = context.write.ledgers[context.plan.to];
  if (!ledger) throw new Error(`the deployment has no Region ${context.plan.to}`);
  return ledger;
}

export function nowOf(context: Pick<OperationContext, 'read'>): string {
  return context.read.clock.now().toISOString();
}

/**
 * Polls `check` until it gives a value, the deadline passes (undefined), or the operator asks to stop (throws). One call
 * that gets no answer does not end a wait of minutes: a failure that may pass counts only when it is the last word.
 */
export async function poll<T>(context: Pick<OperationContext, 'read' | 'signal'>, limits: { everyMs: number; deadlineMs: number }, check: () => Promise<T | undefined>): Promise<T | undefined> {
  const { clock } = context.read;
  const end = clock.now().getTime() + limits.deadlineMs;
  for (;;) {
    let failure: { error: unknown } | undefined;
    try {
      const found = await check();
      if (found !== undefined) return found;
    } catch (error) {
      if (!isTransient(error)) throw error;
      failure = { error };
    }
    if (clock.now().getTime() + limits.everyMs > end) {
      if (failure) throw failure.error;
      return undefined;
    }
    await clock.sleep(limits.everyMs, context.signal);
  }
}

const tries = 3;
const pauseMs = 500;

/**
 * Runs a step again when AWS did not answer. Every step names a target state, so that running it again after a call whose
 * answer was lost finds what that call did; without this one lost packet would end a failover.
 */
export async function persistently<T>(context: Pick<OperationContext, 'read' | 'signal'>, deadlineMs: number, work: () => Promise<T>): Promise<T> {
  const { clock } = context.read;
  const end = clock.now().getTime() + deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || attempt >= tries || clock.now().getTime() > end) throw error;
      await clock.sleep(pauseMs * attempt, context.signal);
    }
  }
}
