import type { Deployment } from '../../config/schema.js';
import { type ExitCode, refused } from '../../errors.js';
import { operationResultLines } from '../../ui/views/operation-result.js';
import { planLines } from '../../ui/views/plan.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { runOperation } from '../../workflow/runner.js';
import { assertResumable, findOperation, newestUnfinished, unknownOperation } from '../../workflow/unfinished.js';
import { callOptions, connectForWriting, journalOf, observationTarget, operatorName } from '../connect.js';
import { checkCaller } from '../caller.js';
import type { CommandContext } from '../context.js';
import { onDrainDeadline, type DrainDeadlineFlag } from '../drain-deadline.js';
import { refuseForeign } from '../foreign.js';
import { refuseWhileHeld } from '../held-lock.js';
import { showOperation } from '../live-operation.js';
import { askToType, canAsk } from '../questions.js';
import { steadily } from '../steadily.js';
import { exitCodeOfOutcome } from './move.js';

export interface ResumeRequest {
  /** True: the newest that has not ended. */
  operationId: string | true;
  yes: boolean;
  onDrainDeadline: DrainDeadlineFlag;
}

/** Goes on with an interrupted operation: every step runs again and finds what stands already. */
export async function resumeMove(context: CommandContext, deployment: Deployment, read: ReadPorts, request: ResumeRequest): Promise<ExitCode> {
  const steady = steadily(context);
  const write = connectForWriting(deployment, steady);
  const local = journalOf(deployment, context);
  const operationId = request.operationId === true ? await newestUnfinished(read.ledgers, await local.latestUnfinished(), callOptions(context)) : request.operationId;
  if (operationId === undefined) throw refused('NOTHING_TO_RESUME', 'No operation was left unfinished.', ['See where the pipeline is: batchctl status']);
  const { events: earlier, held, view } = await findOperation(read.ledgers, operationId, await local.read(operationId), callOptions(context));
  if (!view) throw await unknownOperation(read.ledgers, operationId, callOptions(context));
  if (view.result && (view.result.outcome === 'done' || view.result.outcome === 'done_with_exceptions')) {
    context.output.result(view.result, operationResultLines);
    return exitCodeOfOutcome(view.result.outcome);
  }
  assertResumable(view);
  refuseForeign(view.plan, deployment, `operation ${view.operationId}`);
  await refuseWhileHeld(context, read, operationId);
  await checkCaller(context, deployment, view.plan.from);
  context.output.aside('plan', view.plan, planLines);
  if (!request.yes) {
    if (!canAsk(context)) throw refused('CONFIRMATION_NEEDED', `This goes on moving the pipeline to ${view.plan.to}, and there is no terminal to confirm it on.`, ['Add --yes.']);
    await askToType(context, `\nTo go on, type the target Region (${view.plan.to})`, view.plan.to);
  }
  const result = await showOperation(context, { plan: view.plan, rtoTargetSeconds: deployment.policy.rtoTargetSeconds, earlier }, (shown) => runOperation({
    operationId,
    plan: view.plan,
    target: observationTarget(deployment),
    policy: deployment.policy,
    read: { ...read, clock: steady.clock },
    write,
    operator: operatorName(),
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    onDrainDeadline: onDrainDeadline(request.onDrainDeadline, context, shown),
    signal: context.signal,
    onEvent: shown.onEvent,
    earlier,
    held,
  }));
  context.output.result(result, operationResultLines);
  return exitCodeOfOutcome(result.outcome);
}
