import { describeFailure } from '../core/failure.js';
import { journalVersion } from '../core/journal-copies.js';
import type { OperationEvent, OperationResult, Outcome, Plan, PlannedStep, StepName } from '../core/operation.js';
import { resultOf } from '../core/operation-fold.js';
import type { Policy } from '../core/policy.js';
import { startQuotaOf } from '../core/start-quota.js';
import { BugError, Cancelled, ExitCode, OperatorError } from '../errors.js';
import { firstStartOf, HandOver, handOverOf, isHandedOver } from './hand-over.js';
import { createJournal, type Journal } from './journal.js';
import { keepLock } from './keep-lock.js';
import type { ObservationTarget } from './observe.js';
import { nowOf, persistently, skipped, targetLedger, type DrainChoice, type OperationContext, type Step, type StepOutcome } from './operation-context.js';
import { createStartPace } from './start-pace.js';
import { assertNotOvertaken, fenceStands } from './where-it-stands.js';
import type { ReadPorts, WritePorts } from './ports.js';
import { adoptUnknownInputs } from './steps/adopt-unknown-inputs.js';
import { drain, shiftUploads, undoDrain } from './steps/drain.js';
import { extensionStep } from './steps/extension.js';
import { fence } from './steps/fence.js';
import { flipRoutingControls, flipTrafficDials, verifyTrafficDials } from './steps/flip-routing.js';
import { acquireLock, releaseLock, resumeCommand } from './steps/lock.js';
import { prove } from './steps/prove.js';
import { redrive } from './steps/re-drive.js';
import { settleNotifications } from './steps/settle-notifications.js';
import { stopOldExecutions } from './steps/stop-old-executions.js';
import { reopen } from './steps/undo.js';
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
  /** What to do when running jobs have not finished by the drain deadline, or somebody to ask then. Left out: undo. */
  onDrainDeadline?: DrainChoice | ((running: readonly string[]) => Promise<DrainChoice>);
  signal: AbortSignal;
  onEvent: (event: OperationEvent) => void;
  /** The events of an interrupted run of the same operation; every step is run again and finds what stands already. */
  earlier?: OperationEvent[];
  /** How many of the earlier events each copy of the journal holds (`mergeJournals` tells). */
  held?: { here: number; inLedger: number };
}

const steps = new Map<StepName, Step>([
  acquireLock, verifyPreconditions, reopen, drain, shiftUploads, waitForRunningJobs, waitForReplication, fence, stopOldExecutions,
  flipRoutingControls, flipTrafficDials, redrive, adoptUnknownInputs, settleNotifications, prove, verifyTrafficDials, releaseLock,
].map((step) => [step.name, step]));

/** A run of an operation: what its parts share. */
interface Run {
  options: RunOptions;
  context: OperationContext;
  journal: Journal;
  lock: ReturnType<typeof keepLock>;
  /** Whether this run has written into the journal; before that it leaves no trace and touches nothing. */
  begun: boolean;
}

/**
 * Carries out a plan: for each step, journal that it begins, act, see that its target holds, journal that it ended. Never
 * throws for what an operation can meet; the result's outcome tells. An `OperatorError` is rethrown when nothing had been
 * touched, and when another process drives the operation now (`LOCK_LOST`, `JOURNAL_CONFLICT`). A `HandOver` is thrown
 * when the signal was aborted with one: the operation stays as it is, and running it again with its events goes on.
 */
export async function runOperation(options: RunOptions): Promise<OperationResult> {
  const { plan, operationId } = options;
  const ledger = options.write.ledgers[plan.to];
  if (!ledger) throw new BugError(`a plan to ${plan.to} was made for a deployment without it`);
  const journal = createJournal({ operationId, earlier: options.earlier ?? [], ...(options.held ? { held: options.held } : {}), local: options.write.journal, ledger, tell: options.onEvent });
  const context = createContext(options, journal);
  const run: Run = { options, context, journal, lock: keepLock(context), begun: false };
  try {
    for (const group of groupsOf(plan.steps)) {
      if (context.signal.aborted) throw handOverOf(context.signal) ?? new Cancelled(run.begun);
      await runGroup(run, group);
    }
    if (plan.routingOnly) return await finish(run, 'done_with_exceptions', [`When the ledger answers again: batchctl failover --to ${plan.to}`]);
    return await finish(run, outcomeOf(journal), []);
  } catch (error) {
    if (!run.begun) throw asHandOver(context, error) ?? error;
    const handOver = asHandOver(context, error);
    if (handOver) throw await suspend(run, handOver);
    return await stop(run, error);
  } finally {
    run.lock.stop();
  }
}

function createContext(options: RunOptions, journal: Journal): OperationContext {
  const tellAside = (event: OperationEvent): void => { options.onEvent(event); };
  const { onDrainDeadline } = options;
  return {
    operationId: options.operationId,
    plan: options.plan,
    target: options.target,
    policy: options.policy,
    read: options.read,
    write: options.write,
    operator: options.operator,
    starts: createStartPace(options.read.clock, startQuotaOf(options.plan.to)),
    ...(options.reason ? { reason: options.reason } : {}),
    chooseOnDrainDeadline: async (running) => (typeof onDrainDeadline === 'function' ? onDrainDeadline(running) : onDrainDeadline ?? 'undo'),
    signal: options.signal,
    spentMs: (step) => {
      const earlier = options.earlier ?? [];
      const first = isHandedOver(earlier) ? firstStartOf(earlier, step) : undefined;
      return first === undefined ? 0 : Math.max(0, options.read.clock.now().getTime() - Date.parse(first));
    },
    hasSucceeded: (step) => (options.earlier ?? []).findLast((event) => event.type === 'step-finished' && event.step === step && event.state === 'done') !== undefined,
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

async function runGroup(run: Run, group: PlannedStep[]): Promise<void> {
  const first = group[0];
  if (first?.name === 'acquire-lock') return begin(run, first);
  // Routing alone is moved without a lock: the ledger that would hold it does not answer.
  if (!run.begun) await recordStart(run);
  const settled = await Promise.allSettled(group.map((step) => runStep(run, step)));
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Nothing is written down before the lock is held: a refused operation leaves no trace to resume. */
async function begin(run: Run, first: PlannedStep): Promise<void> {
  const { context, journal, lock } = run;
  const resumed = isResumed(run);
  const outcome = await attempt(context, first, acquireLock);
  lock.start();
  try {
    if (resumed) context.passedPointOfNoReturn ||= await fenceStands(context);
    await recordStart(run);
  } catch (error) {
    // The lock admits whoever comes for this operation. Another process that was faster drives it now, under this very lock.
    if (!isDrivenByAnother(error)) await releaseLock.run(context).catch(() => {});
    throw error;
  }
  await journal.record({ type: 'step-started', at: nowOf(context), step: first.name, target: first.target });
  await journal.record({ type: 'step-finished', at: nowOf(context), step: first.name, state: outcome.state, seconds: 0, detail: outcome.detail });
  if (resumed) await assertNotOvertaken(context);
}

function isResumed({ options }: Run): boolean {
  return (options.earlier?.length ?? 0) > 0;
}

async function recordStart(run: Run): Promise<void> {
  const { operationId, plan, operator, reason } = run.context;
  await run.journal.record({ type: 'operation-started', at: nowOf(run.context), operationId, journalVersion, plan, operator, ...(reason ? { reason } : {}), ...(isResumed(run) ? { resumed: true } : {}) });
  run.begun = true;
}

async function runStep({ context, journal }: Run, planned: PlannedStep): Promise<void> {
  const step = planned.extension ? extensionStep({ ...planned, extension: planned.extension }) : steps.get(planned.name);
  if (!step) throw new BugError(`the plan names a step that nobody wrote: ${planned.name}`);
  const startedAt = context.read.clock.now().getTime();
  const seconds = (): number => Math.round((context.read.clock.now().getTime() - startedAt) / 10) / 100;
  await journal.record({ type: 'step-started', at: nowOf(context), step: planned.name, target: planned.target });
  let outcome: StepOutcome;
  try {
    outcome = isBehindUs(context, planned) ? skipped('the fence stands already') : await attempt(context, planned, step);
  } catch (error) {
    // Neither done nor failed: the next process runs it again.
    if (asHandOver(context, error)) throw error;
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

/** A best-effort step has its one try: what it does not do is done later, or by somebody else. */
function attempt(context: OperationContext, planned: PlannedStep, step: Step): Promise<StepOutcome> {
  return planned.bestEffort ? step.run(context) : persistently(context, planned.deadlineSeconds * 1000, () => step.run(context));
}

/** A resumed move that had passed its fence must not wait for the Region that it left. */
function isBehindUs({ plan, passedPointOfNoReturn }: OperationContext, planned: PlannedStep): boolean {
  const fenceAt = plan.steps.findIndex((step) => step.pointOfNoReturn);
  return passedPointOfNoReturn && planned.name !== 'verify-preconditions' && plan.steps.indexOf(planned) < fenceAt;
}

function outcomeOf(journal: Journal): Outcome {
  const detail = journal.view()?.steps.find((step) => step.name === 're-drive')?.detail ?? {};
  const some = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
  return some(detail['parked']) || some(detail['failed']) ? 'done_with_exceptions' : 'done';
}

async function finish({ context, journal }: Run, outcome: Outcome, nextSteps: string[]): Promise<OperationResult> {
  const view = journal.view();
  if (!view) throw new BugError('an operation ended that had not begun');
  const epoch = context.passedPointOfNoReturn ? context.plan.epochAfter : context.plan.epochBefore;
  const result = resultOf(view, { outcome, at: nowOf(context), epoch, nextSteps, refusedCommits: await refusedCommitsSince(context, view.startedAt) });
  await journal.record({ type: 'operation-finished', at: nowOf(context), operationId: context.operationId, outcome, result });
  return result;
}

/** Best effort: they lie in the ledger for good, and an operation must not fail over its own report. */
async function refusedCommitsSince(context: OperationContext, since: string): Promise<OperationResult['refusedCommits']> {
  if (context.plan.routingOnly) return [];
  const refused = await targetLedger(context).listRefusedCommits(since, { timeoutMs: 3000 }).catch(() => []);
  return refused.map(({ jobId, key, at, attempted, orphanOutputKey }) => ({ jobId, key, at, epoch: attempted.epoch, region: attempted.region, orphanOutputKey: orphanOutputKey ?? null }));
}

const undoPatienceMs = 15_000;

/** Somebody else drives now: whatever this process still did would be done behind their back. */
function isDrivenByAnother(error: unknown): boolean {
  return error instanceof OperatorError && (error.code === 'LOCK_LOST' || error.code === 'JOURNAL_CONFLICT');
}

/**
 * Ends an operation that could not go on. Before the fence everything is put back; behind it nothing is, because going
 * on is the only safe direction, and the resume command says how. The lock is free afterwards: nobody is at work.
 */
async function stop(run: Run, error: unknown): Promise<OperationResult> {
  const { context } = run;
  const told = error instanceof OperatorError ? error : undefined;
  if (error instanceof BugError || isDrivenByAnother(error)) throw error;
  const goOn = `batchctl ${resumeCommand(context)}`;
  try {
    // The fence may stand although its answer never came; only the ledger can tell, and nothing is put back on a guess.
    context.passedPointOfNoReturn ||= await persistently(context, undoPatienceMs, () => fenceStands(context));
  } catch (failure) {
    if (hasBegun(run, 'fence')) {
      context.note('warn', `it is not known whether the fence stands: ${describeFailure(failure)}`);
      return ended(run, 'interrupted', [`Go on where it stopped: ${goOn}`]);
    }
  }
  if (context.passedPointOfNoReturn) return ended(run, told?.code === 'NOT_PROVEN' ? 'failed' : 'interrupted', [`Go on where it stopped: ${goOn}`, ...(told?.nextSteps ?? [])]);
  let undone: boolean;
  try {
    undone = (await undoDrain(context)).undone;
  } catch (failure) {
    context.note('warn', `the drain could not be undone: ${describeFailure(failure)}`);
    return ended(run, 'interrupted', [`Finish or undo it: ${goOn}`]);
  }
  if (undone) context.note('info', `the pipeline is back as it was: ${context.plan.from} is active`);
  const cancelled = error instanceof Cancelled || context.signal.aborted;
  const outcome: Outcome = cancelled ? 'cancelled' : told?.exitCode === ExitCode.refused ? 'refused' : 'failed';
  const result = await ended(run, outcome, told?.nextSteps ?? []);
  // A refusal that touched nothing is an error like any other, with its own code and advice.
  if (told && !undone && outcome === 'refused') throw told;
  return result;
}

/**
 * What a step threw after it was asked to hand over. A refusal or a failure that it found is told as ever; anything else
 * is the interruption itself, or will be met again by the next process.
 */
function asHandOver({ signal }: OperationContext, error: unknown): HandOver | undefined {
  if (error instanceof HandOver) return error;
  if (error instanceof OperatorError || error instanceof BugError) return undefined;
  return handOverOf(signal);
}

/** Stops in order without ending the operation. The lock is kept for a whole lease, so that nobody slips in between. */
async function suspend({ context, journal, lock }: Run, handOver: HandOver): Promise<HandOver> {
  lock.stop();
  await journal.record({ type: 'operation-suspended', at: nowOf(context), why: handOver.why });
  const leaseEndsAt = new Date(context.read.clock.now().getTime() + context.policy.lockLeaseSeconds * 1000).toISOString();
  await targetLedger(context).renewLock(context.operationId, leaseEndsAt).catch(() => false);
  return handOver;
}

function hasBegun({ journal }: Run, name: StepName): boolean {
  return journal.view()?.steps.some((step) => step.name === name && step.state !== 'pending') ?? false;
}

async function ended(run: Run, outcome: Outcome, nextSteps: string[]): Promise<OperationResult> {
  run.lock.stop();
  if (run.lock.held) await releaseLock.run(run.context).catch(() => {});
  return finish(run, outcome, nextSteps);
}
