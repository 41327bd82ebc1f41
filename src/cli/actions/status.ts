import { ExitCode } from '../../errors.js';
import { statusDocument, type StatusDocument } from '../../ui/documents/status.js';
import { statusView } from '../../ui/views/status.js';
import { connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { parseDuration } from '../durations.js';
import { look } from './look.js';

export interface StatusRequest {
  watch?: boolean;
  interval: string;
  exitCode?: boolean;
  /** Words instead of a drawn screen. */
  screenReader?: boolean;
}

export async function showStatus(context: CommandContext, request: StatusRequest): Promise<ExitCode> {
  const intervalMs = Math.max(1000, parseDuration(request.interval, '--interval'));
  const deployment = await context.deployment();
  const ports = connectForReading(deployment, context);
  if (request.watch) {
    const [{ watch }, { lookForWatch }] = await Promise.all([import('./watch.js'), import('./look-for-watch.js')]);
    const last = await watch(context, { deployment: deployment.name, intervalMs, screenReader: request.screenReader === true, look: (inner) => lookForWatch(deployment, ports, inner) });
    // People have seen it all along; programs get the last look as the result.
    if (last && context.output.format !== 'human') context.output.result(last, statusView({ allSignals: context.flags.verbose }));
    return request.exitCode && last ? exitCodeOf(last) : ExitCode.done;
  }
  const { snapshot, assessment } = await look(deployment, ports, context);
  const document = statusDocument(snapshot, assessment);
  context.output.result(document, statusView({ allSignals: context.flags.verbose }));
  return request.exitCode ? exitCodeOf(document) : ExitCode.done;
}

/** A failover outranks everything; `stay` in a healthy pair is the only 0. */
export function exitCodeOf({ recommendation, regions, routing }: StatusDocument): ExitCode {
  if (recommendation.action === 'failover') return ExitCode.failoverAdvised;
  const healthy = Object.values(regions).every((region) => region.health === 'healthy');
  const settled = recommendation.action === 'stay' || recommendation.action === 'failback';
  return healthy && settled && routing.drift.length === 0 ? ExitCode.done : ExitCode.degraded;
}
