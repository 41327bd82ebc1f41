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
}

export async function showStatus(context: CommandContext, request: StatusRequest): Promise<ExitCode> {
  const intervalMs = Math.max(1000, parseDuration(request.interval, '--interval'));
  const deployment = await context.deployment();
  const ports = connectForReading(deployment, context);
  const show = async (): Promise<StatusDocument> => {
    const { snapshot, assessment } = await look(deployment, ports, context);
    const document = statusDocument(snapshot, assessment);
    if (request.watch && context.terminal.animated && context.output.format === 'human') context.streams.stdout.write('\u001b[H\u001b[2J');
    context.output.result(document, statusView({ allSignals: context.flags.verbose }));
    return document;
  };
  let last = await show();
  while (request.watch && !context.signal.aborted) {
    try {
      await context.clock.sleep(intervalMs, context.signal);
      last = await show();
    } catch (error) {
      if (!context.signal.aborted) throw error;
    }
  }
  return request.exitCode ? exitCodeOf(last) : ExitCode.done;
}

/** A failover outranks everything; `stay` in a healthy pair is the only 0. */
export function exitCodeOf({ recommendation, regions, routing }: StatusDocument): ExitCode {
  if (recommendation.action === 'failover') return ExitCode.failoverAdvised;
  const healthy = Object.values(regions).every((region) => region.health === 'healthy');
  const settled = recommendation.action === 'stay' || recommendation.action === 'failback';
  return healthy && settled && routing.drift.length === 0 ? ExitCode.done : ExitCode.degraded;
}
