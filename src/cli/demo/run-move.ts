import type { Deployment } from '../../config/schema.js';
import type { OperationResult } from '../../core/operation.js';
import type { MoveMode } from '../../core/recommendation-types.js';
import { OperatorError } from '../../errors.js';
import { operationEventLines } from '../../ui/views/operation-events.js';
import { newOperationId } from '../../workflow/operation-id.js';
import type { MoveKind } from '../../workflow/plan-move.js';
import { runOperation } from '../../workflow/runner.js';
import { makePlan } from '../actions/plan.js';
import { connectForReading, connectForWriting, observationTarget, operatorName } from '../connect.js';
import type { CommandContext } from '../context.js';
import type { Stage } from './stage.js';

export interface Move {
  kind: MoveKind;
  to: string;
  mode: MoveMode;
  reason: string;
}

/** The same plan and the same runner as the command, with its steps told on the stage. */
export async function runMove(context: CommandContext, stage: Stage, deployment: Deployment, move: Move): Promise<OperationResult> {
  const read = connectForReading(deployment, context);
  const planned = await makePlan(deployment, read, context, move);
  if (planned.kind === 'nothing-to-do') throw new OperatorError('DEMO_STUCK', `There was nothing to move: ${planned.region} is active already.`);
  return runOperation({
    operationId: newOperationId(context.clock.now()),
    plan: planned.plan,
    target: observationTarget(deployment),
    policy: deployment.policy,
    read,
    write: connectForWriting(deployment, context),
    operator: operatorName(),
    reason: move.reason,
    signal: context.signal,
    onEvent: (event) => {
      if (context.output.format !== 'human') context.output.event(event);
      else if (event.type === 'step-progress') context.output.event(event);
      else if (event.type !== 'step-started') stage.say(...operationEventLines(event, stage.theme));
    },
  });
}
