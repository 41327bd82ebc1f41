import type { Stage } from './stage.js';

/** Tries once; tells whether the pipeline is where it was to go. */
export type Mover = (stage: Stage, to: string, mode: 'auto' | 'ungraceful') => Promise<{ there: boolean; told: string }>;

export const byOperator: Mover = async (stage, to, mode) => {
  const end = await stage.operator().move({ command: 'failover', to, mode, onDrainDeadline: 'redrive' });
  return { there: end.kind === 'nothing-to-do' || (end.kind === 'result' && end.result.outcome.startsWith('done')), told: JSON.stringify(end).slice(0, 2000) };
};

/** An ungraceful move names exactly how many inputs it leaves: none here, or one. Each try says the other number. */
let tries = 0;

export const byRunbook: Mover = async (stage, to, mode) => {
  tries += 1;
  const Acknowledge = 'recent-move,unsettled-target';
  // Going home by plan is a failback; leaving a Region that cannot work is a failover, wherever it leads.
  const document = mode === 'auto' && to === stage.deployment.home ? 'failback' : 'failover';
  const id = await startRunbook(stage, document, to, mode === 'auto' ? { Acknowledge } : { Acknowledge, Mode: mode, Confirm: to, AcceptDataLoss: String(tries % 2) });
  const ended = await untilAutomation(stage, to, id, (status) => !['Pending', 'InProgress', 'Waiting'].includes(status));
  return { there: ended.AutomationExecutionStatus === 'Success', told: ended.FailureMessage ?? ended.AutomationExecutionStatus };
};

/** Moves the pipeline; while go / no-go says no, asks again for twenty minutes. */
export async function move(stage: Stage, to: string, mode: 'auto' | 'ungraceful' = 'auto', by: Mover = byOperator): Promise<void> {
  const deadline = stage.clock.now() + 1200_000;
  for (;;) {
    const { there, told } = await by(stage, to, mode);
    if (there) return;
    if (stage.clock.now() > deadline) throw new Error(`the move to ${to} ended as ${told}`);
    // What go / no-go wants to see first takes a few clean minutes.
    await stage.sleep(60);
  }
}

interface Automation {
  AutomationExecutionStatus: string;
  FailureMessage?: string;
}

export type RunbookName = 'failover' | 'failback';

export async function startRunbook(stage: Stage, document: RunbookName, to: string, parameters: Record<string, string>): Promise<string> {
  const Parameters = Object.fromEntries(Object.entries({ TargetRegion: to, ...parameters }).map(([name, value]) => [name, [value]]));
  return (await asOperator<{ AutomationExecutionId: string }>(stage, to, 'StartAutomationExecution', { DocumentName: `batchctl-${document}`, Parameters })).AutomationExecutionId;
}

export async function untilAutomation(stage: Stage, region: string, AutomationExecutionId: string, wanted: (status: string) => boolean): Promise<Automation> {
  const deadline = stage.clock.now() + 1800_000;
  for (;;) {
    const { AutomationExecution: seen } = await asOperator<{ AutomationExecution: Automation }>(stage, region, 'GetAutomationExecution', { AutomationExecutionId });
    if (wanted(seen.AutomationExecutionStatus)) return seen;
    if (stage.clock.now() > deadline) throw new Error(`the runbook is ${seen.AutomationExecutionStatus}: ${seen.FailureMessage ?? ''}`);
    await stage.sleep(5);
  }
}

export function asOperator<Output = unknown>(stage: Stage, region: string, operation: string, input: object): Promise<Output> {
  return stage.world.call('ssm', operation, input, { region, principal: { arn: stage.deployment.roles?.operator ?? '', origin: 'operator' } });
}
