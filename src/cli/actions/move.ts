import { readFile } from 'node:fs/promises';
import type { Deployment } from '../../config/schema.js';
import { describeFailure } from '../../core/failure.js';
import type { Outcome, Plan } from '../../core/operation.js';
import { ExitCode, refused, usage } from '../../errors.js';
import { planLines } from '../../ui/views/plan.js';
import { operationResultLines } from '../../ui/views/operation-result.js';
import { inputsLeftBehind, openQuestions, parseAcknowledgements, refuseUnasked, type Consent } from '../../workflow/consent.js';
import { mergeLocalJournals } from '../../workflow/merge-journals.js';
import { newOperationId } from '../../workflow/operation-id.js';
import { changedFacts, refuseUnlessFit, type MoveKind, type Plannable } from '../../workflow/plan-move.js';
import { runOperation } from '../../workflow/runner.js';
import type { ReadPorts, WritePorts } from '../../workflow/ports.js';
import { checkCaller } from '../caller.js';
import { connectForReading, connectForWriting, observationTarget, operatorName } from '../connect.js';
import { note, type CommandContext } from '../context.js';
import { onDrainDeadline, parseDrainDeadline, type DrainDeadlineFlag } from '../drain-deadline.js';
import { refuseForeign } from '../foreign.js';
import { refuseWhileHeld } from '../held-lock.js';
import { showOperation } from '../live-operation.js';
import { askToType, canAsk } from '../questions.js';
import { steadily } from '../steadily.js';
import { parseMode } from './look.js';
import { makePlan, sayNothingToDo } from './plan.js';
import { resumeMove } from './resume.js';

export interface MoveFlags {
  to?: string;
  mode: string;
  dryRun?: boolean;
  yes?: boolean;
  confirm?: string;
  acceptDataLoss?: string;
  reason?: string;
  plan?: string;
  /** True: the newest unfinished operation. */
  resume?: string | true;
  onDrainDeadline?: string;
  acknowledge?: string;
}

/** `failover` and `failback`: plan, show, confirm, run, and tell the outcome. */
export async function move(context: CommandContext, kind: MoveKind, flags: MoveFlags): Promise<ExitCode> {
  const mode = parseMode(flags.mode);
  if (kind === 'failover' && flags.to === undefined && flags.plan === undefined && flags.resume === undefined) throw usage('USAGE', 'Which Region? failover needs --to.', ['See which one could take over: batchctl assess']);
  const acknowledged = parseAcknowledgements(flags.acknowledge);
  const drainDeadline = parseDrainDeadline(flags.onDrainDeadline, context);
  const deployment = await context.deployment();
  const read = connectForReading(deployment, context);
  if (flags.resume !== undefined) return resumeMove(context, deployment, read, { operationId: flags.resume, yes: flags.yes === true, onDrainDeadline: drainDeadline });
  const planned = flags.plan === undefined
    ? await makePlan(deployment, read, context, { kind, mode, ...(flags.to === undefined ? {} : { to: flags.to }) })
    : await planAgain(deployment, read, context, kind, flags.plan);
  if (planned.kind === 'nothing-to-do') return sayNothingToDo(context, planned);
  const { plan } = planned;
  if (flags.dryRun) {
    context.output.result(plan, planLines);
    return ExitCode.done;
  }
  await refuseWhileHeld(context, read);
  refuseUnlessFit(plan);
  await checkCaller(context, deployment, plan.from);
  await confirm(context, plan, { yes: flags.yes === true, acknowledged, ...(flags.confirm === undefined ? {} : { confirm: flags.confirm }), ...(flags.acceptDataLoss === undefined ? {} : { acceptDataLoss: flags.acceptDataLoss }) });
  return execute(context, deployment, read, plan, { reason: flags.reason, drainDeadline });
}

/** What the operator said that is not part of the plan. */
export interface Wishes {
  reason: string | undefined;
  drainDeadline: DrainDeadlineFlag;
}

export async function execute(context: CommandContext, deployment: Deployment, read: ReadPorts, plan: Plan, { reason, drainDeadline }: Wishes): Promise<ExitCode> {
  const steady = steadily(context);
  const write = connectForWriting(deployment, steady);
  if (!plan.routingOnly) await mergeEarlierJournals(context, write, plan.to);
  const result = await showOperation(context, { plan, rtoTargetSeconds: deployment.policy.rtoTargetSeconds }, (shown) => runOperation({
    operationId: newOperationId(context.clock.now()),
    plan,
    target: observationTarget(deployment),
    policy: deployment.policy,
    read: { ...read, clock: steady.clock },
    write,
    operator: operatorName(),
    ...(reason === undefined ? {} : { reason }),
    onDrainDeadline: onDrainDeadline(drainDeadline, context, shown),
    signal: context.signal,
    onEvent: shown.onEvent,
  }));
  context.output.result(result, operationResultLines);
  return exitCodeOfOutcome(result.outcome);
}

/** What only this machine wrote down while the ledger had no quorum. A move must not fail for the want of it. */
async function mergeEarlierJournals(context: CommandContext, write: WritePorts, region: string): Promise<void> {
  const ledger = write.ledgers[region];
  if (!ledger || !write.journal) return;
  try {
    for (const operationId of await mergeLocalJournals(write.journal, ledger)) note(context, `The journal of ${operationId}, made while the ledger had no quorum, is in the ledger now.`);
  } catch (error) {
    note(context, `Journals of this machine could not be copied into the ledger (${describeFailure(error)}); the next move tries again.`);
  }
}

export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'done': return ExitCode.done;
    case 'done_with_exceptions': return ExitCode.doneWithExceptions;
    case 'refused': return ExitCode.refused;
    case 'failed': return ExitCode.failed;
    case 'interrupted': return ExitCode.interrupted;
    case 'cancelled': return ExitCode.cancelled;
  }
}

export async function confirm(context: CommandContext, plan: Plan, consent: Consent): Promise<void> {
  context.output.aside('plan', plan, planLines);
  const questions = openQuestions(plan, consent);
  if (!questions.region && !questions.loss && questions.acknowledge.length === 0) return;
  if (!canAsk(context)) refuseUnasked(plan, consent);
  for (const { name, why } of questions.acknowledge) await askToType(context, `\nNote: ${why}. To go on all the same, type ${name}`, name);
  const left = inputsLeftBehind(plan);
  if (questions.loss && left !== 0) await askToType(context, `\n${left === 'unknown' ? 'It is unknown how many inputs' : `${left} inputs`} would be left behind. To accept that, type ${left}`, String(left));
  if (questions.region) await askToType(context, `\nTo move the pipeline, type the target Region (${plan.to})`, plan.to);
}

/** Runs a saved plan only while the facts that it rests on still hold; otherwise tells which ones changed. */
async function planAgain(deployment: Deployment, read: ReadPorts, context: CommandContext, kind: MoveKind, file: string): Promise<Plannable> {
  const saved = await readPlan(file);
  refuseForeign(saved, deployment, `the plan in ${file}`);
  if (saved.kind !== kind) throw usage('PLAN_MISMATCH', `${file} is a plan of ${saved.kind}, not of ${kind}.`, [`Run it with: batchctl ${saved.kind} --plan ${file}`]);
  const planned = await makePlan(deployment, read, context, { kind, mode: saved.mode, to: saved.to });
  if (planned.kind === 'nothing-to-do' || planned.plan.fingerprint === saved.fingerprint) return planned;
  const changes = changedFacts(saved.facts, planned.plan.facts);
  throw refused('STALE_PLAN', `The plan in ${file} is stale: ${changes.join('; ')}.`, [
    `Make a new one: batchctl plan ${kind} --to ${saved.to} --save ${file}`,
  ], { changes });
}

async function readPlan(file: string): Promise<Plan> {
  try {
    const plan = JSON.parse(await readFile(file, 'utf8')) as Partial<Plan>;
    if (plan.schemaVersion === 1 && typeof plan.fingerprint === 'string' && typeof plan.to === 'string' && plan.facts) return plan as Plan;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error;
  }
  throw usage('PLAN_INVALID', `${file} holds no plan.`, ['Make one: batchctl plan failover --save FILE']);
}

