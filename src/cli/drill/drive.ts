import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { planMove } from '../../core/plan.js';
import type { OperationEvent, OperationResult, Plan } from '../../core/operation.js';
import type { MoveMode } from '../../core/recommendation-types.js';
import { OperatorError, refused } from '../../errors.js';
import { newOperationId } from '../../workflow/operation-id.js';
import { runOperation } from '../../workflow/runner.js';
import { look } from '../actions/look.js';
import { acknowledgementNames } from '../../workflow/consent.js';
import { connectForWriting, observationTarget, operatorName } from '../connect.js';
import { steadily } from '../steadily.js';
import type { Scene } from './scene.js';

/** The plan of a drill's move. Throws the refusal that the operator would get. */
export async function planDrill(scene: Scene, to: string, mode: MoveMode): Promise<Plan> {
  const { context, deployment, read } = scene;
  const { snapshot, assessment } = await look(deployment, read, context, { to, mode });
  const planned = planMove(snapshot, assessment, { kind: 'drill', to, mode, policy: deployment.policy, extensionPoints: deployment.extensionPoints });
  if (planned.kind === 'plan') return planned.plan;
  throw refused(planned.kind === 'no-plan' ? planned.code : 'NO_PLAN', planned.kind === 'no-plan' ? `No plan can be made: ${planned.reason}.` : `There is nothing to rehearse: ${planned.region} is active already.`);
}

export function runHere(scene: Scene, plan: Plan, reason: string): Promise<OperationResult> {
  const { deployment, read } = scene;
  const context = steadily(scene.context);
  return runOperation({
    operationId: newOperationId(context.clock.now()),
    plan,
    target: observationTarget(deployment),
    policy: deployment.policy,
    read: { ...read, clock: context.clock },
    write: connectForWriting(deployment, context),
    operator: operatorName(),
    reason,
    signal: context.signal,
    onEvent: (event) => { if (context.output.format === 'ndjson') context.output.event(event); },
  });
}

/**
 * The very commands that an operator types: a failover in a process of its own, killed without warning as soon as the
 * fence stands, and then its resumption in another.
 */
export async function runKilledAndResumed(scene: Scene, plan: Plan, reason: string): Promise<OperationResult> {
  const words = ['failover', '--to', plan.to, '--mode', 'ungraceful', '--yes', '--confirm', plan.to, '--accept-data-loss', String(plan.park.length), '--acknowledge', acknowledgementNames.join(','), '--reason', reason];
  let operationId: string | undefined;
  await runCommand(scene, [...words, '-o', 'ndjson'], (line, kill) => {
    const event = JSON.parse(line) as OperationEvent | { type: 'error' | 'result' };
    if (event.type === 'operation-started') operationId = event.operationId;
    if (event.type === 'step-finished' && event.step === 'fence') kill();
  });
  if (operationId === undefined) throw new OperatorError('DRILL', 'The failover that was to be killed did not begin.');
  scene.say(`killed behind the fence; batchctl failover --resume ${operationId}`);
  let result: OperationResult | undefined;
  await runCommand(scene, ['failover', '--resume', operationId, '--yes', '-o', 'ndjson'], (line) => {
    const event = JSON.parse(line) as { type: string };
    if (event.type === 'result') result = event as unknown as OperationResult;
  });
  if (result === undefined) throw new OperatorError('DRILL', `The failover ${operationId} could not be resumed.`);
  return result;
}

function runCommand({ context, deployment }: Scene, words: string[], onLine: (line: string, kill: () => void) => void): Promise<void> {
  const entry = process.argv[1] ?? '';
  const config = context.flags.config === undefined ? [] : ['--config', context.flags.config];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...words, '-d', deployment.name, ...config], { env: { ...context.env }, stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = (): void => { child.kill('SIGTERM'); };
    context.signal.addEventListener('abort', stop, { once: true });
    const lines = createInterface({ input: child.stdout });
    let failure: unknown;
    lines.on('line', (line) => {
      try {
        onLine(line, () => { child.kill('SIGKILL'); });
      } catch (error) {
        failure ??= error;
      }
    });
    child.once('error', reject);
    child.once('close', () => {
      context.signal.removeEventListener('abort', stop);
      if (failure === undefined) resolve();
      else reject(failure as Error);
    });
  });
}
