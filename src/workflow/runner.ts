import { describeFailure } from '../core/failure.js';
import type { OperationEvent, OperationResult, Outcome, Plan, PlannedStep, StepName } from '../core/operation.js';
import { resultOf } from '../core/operation-fold.js';
import type { Policy } from '../core/policy.js';
import { BugError, Cancelled, OperatorError } from '../errors.js';
import { createJournal, type Journal } from './journal.js';
import { keepLock } from './keep-lock.js';
import type { ObservationTarget } from './observe.js';
import { nowOf, type OperationContext, type Step, type StepOutcome } from './operation-context.js';
import type { ReadPorts, WritePorts } from './ports.js';
import { adoptUnknownInputs } from './steps/adopt-unknown-inputs.js';
import { drain, shiftUploads, undoDrain } from './steps/drain.js';
import { fence } from './steps/fence.js';
import { flipRoutingControls, flipTrafficDials, verifyTrafficDials } from './steps/flip-routing.js';
import { acquireLock, releaseLock } from './steps/lock.js';
import { prove } from './steps/prove.js';
import { redrive } from './steps/re-drive.js';
import { settleNotifications } from './steps/settle-notifications.js';
import { stopOldExecutions } from './steps/stop-old-executions.js';
import { verifyPreconditions } from './steps/verify-preconditions.js';
import { waitForReplication } from './steps/wait-for-replication.js';
import { waitForRunningJobs } from './steps/wait-for-running-jobs.js';

export interface RunOptions {
  operationId: string;
  plan: Plan;
  target: ObservationTarget;
  policy: Policy;
  read: ReadPorts;
  write: WritePorts;
  /** user@host, for the lock and the journal. */
  operator: string;
  reason?: string;
  onDrainDeadline?: 'redrive' | 'undo';
  signal: AbortSignal;
  onEvent: (event: OperationEvent) => void;
  /** The events of an interrupted run of the same operation; every step is run again and finds what stands already. */
  earlier?: OperationEvent[];
}

const steps = new Map<StepName, Step>([
  acquireLock, verifyPreconditions, drain, shiftUploads, waitForRunningJobs, waitForReplication, fence, stopOldExecutions,
  flipRoutingControls, flipTrafficDials, redrive, adoptUnknownInputs, settleNotifications, prove, verifyTrafficDials, releaseLock,
].map((step) => [step.name, step]));

/**
 * Carries out a plan: for each step, journal that it begins, act, see that its target holds, journal that it ended. Never
 * throws for what an operation can meet; the result's outcome tells, and an `OperatorError` of a refusal is rethrown only
 * when nothing had been touched.
 */
export async function runOperation(options: RunOptions): Promise<OperationResult> {
  const { plan, operationId } = options;
  const ledger = options.write.ledgers[plan.to];
  if (!ledger) throw new BugError(`a plan to ${plan.to} was made for a deployment without it`);
  const journal = createJournal(operationId, options.earlier ?? [], options.write.journal, ledger, options.onEvent);
  const context = createContext(options, journal);
  const lock = keepLock(context);
  try {
    for (const group of groupsOf(plan.steps)) {
      if (context.signal.aborted) throw new Cancelled(lock.held);
      await runGroup(context, journal, group, options, lock);
    }
    if (plan.routingOnly) return await finish(context, journal, 'done_with_exceptions', [`When the ledger answers again: batchctl failover --to ${plan.to}`]);
    return await finish(context, journal, outcomeOf(journal), []);
  } catch (error) {
    return await stop(context, journal, lock.held, error);
  } finally {
    lock.stop();
  }
}

function createContext(options: RunOptions, journal: Journal): OperationContext {
  const tellAside = (event: OperationEvent): void => { options.onEvent(event); };
  return {
    operationId: options.operationId,
    plan: options.plan,
    target: options.target,
    policy: options.policy,
    read: options.read,
    write: options.write,
    operator: options.operator,
    ...(options.reason ? { reason: options.reason } : {}),
    onDrainDeadline: options.onDrainDeadline ?? 'undo',
    signal: options.signal,
    passedPointOfNoReturn: options.plan.epochAfter === options.plan.epochBefore,
    // Progress is for the eye; it would only bloat the journal.
    progress: (step, message, counts) => tellAside({ type: 'step-progress', at: nowOf(options), step, message, ...counts }),
    note: (level, message) => { journal.record({ type: 'note', at: nowOf(options), level, message }).catch(() => {}); },
  };
}

/** Steps that run side by side, in the order of the plan. */
function groupsOf(planned: PlannedStep[]): PlannedStep[][] {
  const groups: PlannedStep[][] = [];
  for (const step of planned) {
    const last = groups.at(-1);
    if (step.withPrevious && last) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

async function runGroup(context: OperationContext, journal: Journal, group: PlannedStep[], options: RunOptions, lock: ReturnType<typeof keepLock>): Promise<void> {
  const first = group[0];
  if (first?.name === 'acquire-lock') {
    // Nothing is written down before the lock is held: a refused operation leaves no trace to resume.
    const outcome = await acquireLock.run(context);
    lock.start();
    await recordStart(context, journal, options);
    await journal.record({ type: 'step-started', at: nowOf(context), step: first.name, target: first.target });
    await journal.record({ type: 'step-finished', at: nowOf(context), step: first.name, state: outcome.state, seconds: 0, detail: outcome.detail });
    return;
  }
  if (!journal.view()) await recordStart(context, journal, options);
  const settled = await Promise.allSettled(group.map((step) => runStep(context, journal, step)));
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
}

function recordStart(context: OperationContext, journal: Journal, options: RunOptions): Promise<void> {
  const { operationId, plan, operator, reason } = context;
  return journal.record({ type: 'operation-started', at: nowOf(context), operationId, plan, operator, ...(reason ? { reason } : {}), ...(options.earlier?.length ? { resumed: true } : {}) });
}

async function runStep(context: OperationContext, journal: Journal, planned: PlannedStep): Promise<void> {
  const step = steps.get(planned.name);
  if (!step) throw new BugError(`the plan names a step that nobody wrote: ${planned.name}`);
  const startedAt = context.read.clock.now().getTime();
  const seconds = (): number => Math.round((context.read.clock.now().getTime() - startedAt) / 10) / 100;
  await journal.record({ type: 'step-started', at: nowOf(context), step: planned.name, target: planned.target });
  let outcome: StepOutcome;
  try {
    outcome = await step.run(context);
  } catch (error) {
    if (planned.bestEffort && !(error instanceof BugError)) {
      outcome = { state: 'warned', detail: { why: describeFailure(error) } };
    } else {
      const told = error instanceof OperatorError ? error : new OperatorError('STEP_FAILED', `${planned.name}: ${describeFailure(error)}`, { cause: error });
      await journal.record({ type: 'step-failed', at: nowOf(context), step: planned.name, seconds: seconds(), code: told.code, message: told.message, nextSteps: told.nextSteps });
      throw error;
    }
  }
  await journal.record({ type: 'step-finished', at: nowOf(context), step: planned.name, state: outcome.state, seconds: seconds(), detail: outcome.detail });
}

function outcomeOf(journal: Journal): Outcome {
  const detail = journal.view()?.steps.find((step) => step.name === 're-drive')?.detail ?? {};
  const some = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
  return some(detail['parked']) || some(detail['failed']) ? 'done_with_exceptions' : 'done';
}

async function finish(context: OperationContext, journal: Journal, outcome: Outcome, nextSteps: string[]): Promise<OperationResult> {
  const view = journal.view();
  if (!view) throw new BugError('an operation ended that had not begun');
  const epoch = context.passedPointOfNoReturn ? context.plan.epochAfter : context.plan.epochBefore;
  const result = resultOf(view, { outcome, at: nowOf(context), epoch, nextSteps });
  await journal.record({ type: 'operation-finished', at: nowOf(context), operationId: context.operationId, outcome, result });
  return result;
}

/**
 * Ends an operation that could not go on. Before the fence everything is put back; behind it nothing is, because going
 * on is the only safe direction, and the resume command says how.
 */
async function stop(context: OperationContext, journal: Journal, lockHeld: boolean, error: unknown): Promise<OperationResult> {
  if (error instanceof BugError || !journal.view()) throw error;
  const told = error instanceof OperatorError ? error : undefined;
  const cancelled = error instanceof Cancelled || context.signal.aborted;
  const resume = `batchctl ${context.plan.kind} --resume ${context.operationId}`;
  if (context.passedPointOfNoReturn) {
    return finish(context, journal, told?.code === 'NOT_PROVEN' ? 'failed' : 'interrupted', [`Go on where it stopped: ${resume}`, ...(told?.nextSteps ?? [])]);
  }
  let undone: boolean;
  try {
    undone = (await undoDrain(context)).undone;
  } catch (failure) {
    context.note('warn', `the drain could not be undone: ${describeFailure(failure)}`);
    return finish(context, journal, 'interrupted', [`Finish or undo it: ${resume}`]);
  }
  if (undone) context.note('info', `the pipeline is back as it was: ${context.plan.from} is active`);
  if (lockHeld) await releaseLock.run(context).catch(() => {});
  const outcome: Outcome = cancelled ? 'cancelled' : told?.exitCode === 3 ? 'refused' : 'failed';
  const result = await finish(context, journal, outcome, told?.nextSteps ?? []);
  // A refusal that touched nothing is an error like any other, with its own code and advice.
  if (told && !undone && outcome === 'refused') throw told;
  return result;
}
