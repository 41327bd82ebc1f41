import type { Deployment } from '../../src/config/schema.js';
import { planSummary } from '../../src/core/plan-summary.js';
import { resultSummary } from '../../src/core/result-summary.js';
import { OperatorError, refused, usage } from '../../src/errors.js';
import { parseAcknowledgements } from '../../src/workflow/consent.js';
import { assertResumable, findOperation } from '../../src/workflow/unfinished.js';
import { driveOperation, type DriveParts } from './drive-operation.js';
import { assertConsent, planMoveHere, type MoveWish } from './plan-here.js';

/**
 * What a runbook says. Everything is text, as Systems Manager's parameters are; what was left out is empty. A target is
 * named and never toggled.
 */
export interface OperateEvent {
  action: 'assess' | 'move' | 'conclude';
  kind?: string;
  to?: string;
  mode?: string;
  confirm?: string;
  acceptDataLoss?: string;
  acknowledge?: string;
  onDrainDeadline?: string;
  reason?: string;
  dryRun?: string;
  /** `assess`: an interrupted operation to go on with. `move` and `conclude`: the operation, as `assess` named it. */
  operationId?: string;
  /** `move`: the plan that was shown, as `assess` named it; another one is refused. */
  fingerprint?: string;
  /** `conclude`: what `assess` said would come next. */
  next?: string;
  /** Whether somebody has to approve what `assess` shows. */
  approval?: string;
  /** The automation execution that asks. */
  automation?: string;
}

/** Members are named as Systems Manager names outputs, which a document picks from here. */
export interface OperateAnswer {
  Next?: 'move' | 'nothing-to-do' | 'dry-run';
  OperationId?: string;
  Fingerprint?: string;
  Verdict?: string;
  /** True: the time of this invocation was up and the operation goes on at the next one. */
  Running?: boolean;
  Outcome?: string;
  Summary: string;
}

export interface OperatePorts extends DriveParts {
  deployment: Deployment;
  newOperationId(now: Date): string;
  /** Tells the operators. Best effort: a move must not fail over it. */
  alert(subject: string, message: string): Promise<void>;
}

/**
 * One call of a runbook: looks and plans (`assess`), drives the operation for as long as the invocation lasts (`move`), or
 * says how it ended (`conclude`, which fails when it did not end well). The engine, the lock and the journal are the
 * command line's own.
 *
 * @throws OperatorError with what would have been printed: a runbook's failure message is all that its reader has
 */
export async function operate(event: OperateEvent, ports: OperatePorts): Promise<OperateAnswer> {
  switch (event.action) {
    case 'assess': return assessMove(event, ports);
    case 'move': return move(event, ports);
    case 'conclude': return conclude(event, ports);
    default: throw usage('USAGE', `There is no action ${JSON.stringify(event.action)}.`);
  }
}

async function assessMove(event: OperateEvent, ports: OperatePorts): Promise<OperateAnswer> {
  const wish = wishOf(event, ports);
  const dryRun = event.dryRun === 'yes';
  if (event.operationId) return assessResumption(event.operationId, wish, dryRun, ports);
  const planned = await planMoveHere(wish, ports);
  if (planned.kind === 'nothing-to-do') return { Next: 'nothing-to-do', OperationId: '', Fingerprint: '', Verdict: 'GO', Summary: `Nothing to do: ${planned.region} is active (epoch ${planned.epoch}), and ledger, ARC and traffic dials agree.` };
  const { plan } = planned;
  // Nobody should be asked to approve what would be refused afterwards.
  if (!dryRun) assertConsent(plan, wish);
  const Summary = planSummary(plan);
  if (!dryRun && event.approval === 'yes') await tell(ports, `${plan.kind} to ${plan.to} waits for approval`, `${Summary}\n\nApprove or reject it in Systems Manager, Automation, execution ${event.automation ?? ''}.`);
  return { Next: dryRun ? 'dry-run' : 'move', OperationId: ports.newOperationId(ports.read.clock.now()), Fingerprint: plan.fingerprint, Verdict: plan.recommendation.verdict, Summary };
}

async function assessResumption(operationId: string, { to }: MoveWish, dryRun: boolean, ports: OperatePorts): Promise<OperateAnswer> {
  const { view } = await findOperation(ports.read.ledgers, operationId, null);
  if (!view) throw refused('OPERATION_UNKNOWN', `The ledger knows no operation ${JSON.stringify(operationId)}.`, ['See which there are: batchctl history']);
  assertResumable(view);
  if (view.plan.to !== to) throw refused('OTHER_TARGET', `Operation ${operationId} moves the pipeline to ${view.plan.to}, not to ${to}.`, [`Start the runbook in ${view.plan.to}.`]);
  return { Next: dryRun ? 'dry-run' : 'move', OperationId: operationId, Fingerprint: '', Verdict: view.plan.recommendation.verdict, Summary: `Goes on with operation ${operationId}, which ${view.operator} started at ${view.startedAt}.\n${planSummary(view.plan)}` };
}

async function move(event: OperateEvent, ports: OperatePorts): Promise<OperateAnswer> {
  const operationId = named(event.operationId, 'operationId');
  const wish = wishOf(event, ports);
  const ended = await driveOperation({ operationId, wish, ...(event.fingerprint ? { fingerprint: event.fingerprint } : {}), onDrainDeadline: event.onDrainDeadline === 'redrive' ? 'redrive' : 'undo' }, ports);
  if (ended === 'running') return { Running: true, OperationId: operationId, Summary: `Operation ${operationId} is under way.` };
  return { Running: false, OperationId: operationId, Outcome: ended.outcome, Summary: resultSummary(ended) };
}

async function conclude(event: OperateEvent, ports: OperatePorts): Promise<OperateAnswer> {
  if (event.next === 'nothing-to-do' || event.next === 'dry-run') return { Outcome: event.next, Summary: event.next === 'dry-run' ? 'Looked only; nothing was touched.' : 'There was nothing to do.' };
  const operationId = named(event.operationId, 'operationId');
  const { view } = await findOperation(ports.read.ledgers, operationId, null);
  const result = view?.result;
  if (result?.outcome === 'done' || result?.outcome === 'done_with_exceptions') {
    const summary = resultSummary(result);
    await tell(ports, `${result.kind} to ${result.to}: ${result.outcome.replaceAll('_', ' ')}`, `${summary}\n\nReport: batchctl report ${operationId}`);
    return { OperationId: operationId, Outcome: result.outcome, Summary: summary };
  }
  const told = !view ? `The move was not begun, and nothing was touched.`
    : result ? resultSummary(result)
      : `Operation ${operationId} has not ended. Go on with it: start this runbook again with Resume=${operationId}, or batchctl ${view.plan.kind === 'failback' ? 'failback' : 'failover'} --resume ${operationId}.`;
  await tell(ports, `The move to ${ports.deployment.name} ${ports.region} did not end well`, told);
  throw new OperatorError(result ? `MOVE_${result.outcome.toUpperCase()}` : view ? 'MOVE_UNFINISHED' : 'MOVE_NOT_BEGUN', told);
}

function wishOf(event: OperateEvent, { region, deployment }: OperatePorts): MoveWish {
  const kind = event.kind === 'failback' ? 'failback' : 'failover';
  const to = named(event.to, 'to');
  if (to !== deployment.home && to !== deployment.other) throw usage('UNKNOWN_REGION', `${JSON.stringify(to)} is not a Region of the deployment ${deployment.name}.`, [`Its Regions are ${deployment.home} and ${deployment.other}.`]);
  if (to !== region) throw usage('OTHER_REGION', `This function runs in ${region} and activates ${region} only.`, [`Start the runbook in ${to}: a Region that is to take over must not need the other one for it.`]);
  const mode = event.mode || (kind === 'failback' ? 'graceful' : 'auto');
  if (mode !== 'auto' && mode !== 'graceful' && mode !== 'ungraceful') throw usage('USAGE', `Mode must be auto, graceful or ungraceful, not ${JSON.stringify(mode)}.`);
  return {
    kind, to, mode,
    consent: {
      // Whoever starts a runbook has said that it should run.
      yes: true,
      ...(event.confirm ? { confirm: event.confirm } : {}),
      ...(event.acceptDataLoss ? { acceptDataLoss: event.acceptDataLoss } : {}),
      acknowledged: parseAcknowledgements(event.acknowledge),
    },
    ...(event.reason ? { reason: event.reason } : {}),
  };
}

function named(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw usage('USAGE', `${name} is missing.`);
  return value;
}

async function tell(ports: OperatePorts, subject: string, message: string): Promise<void> {
  await ports.alert(subject, message).catch((error: unknown) => { ports.telemetry.warn('the alert was not sent', { error: String(error) }); });
}
