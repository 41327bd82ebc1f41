import { experimentCommands, faultExperiments } from '../../core/fault-experiments.js';
import { ExitCode } from '../../errors.js';
import { drillListView } from '../../ui/views/drill-list.js';
import type { CommandContext } from '../context.js';
import { scenarios } from '../drill/scenarios.js';
import { namesDeployment } from './drill.js';

/** What can be rehearsed where: on sandboxes everything; on a real deployment the planned move, and the experiments that it was deployed with. */
export async function listDrills(context: CommandContext): Promise<ExitCode> {
  const deployment = namesDeployment(context) ? await context.deployment() : null;
  const real = deployment !== null && !deployment.transport;
  const experiments = deployment && real ? faultExperiments(deployment) : [];
  context.output.result({
    deployment: deployment?.name ?? null,
    on: real ? 'deployment' as const : 'sandbox' as const,
    scenarios: scenarios.map(({ name, summary }) => ({ scenario: name, summary, offered: !real || name === 'planned-move' })),
    experiments,
    commands: deployment && experiments.length > 0 ? Object.fromEntries([deployment.home, deployment.other].map((region) => [region, experimentCommands(region)])) : {},
  }, drillListView);
  return ExitCode.done;
}
