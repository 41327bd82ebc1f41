import type { OperationSummary } from '../../core/operation.js';
import { ExitCode, usage } from '../../errors.js';
import { historyView } from '../../ui/views/history.js';
import { connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { parseDuration, parseWhole } from '../durations.js';
import { listOperations } from '../journals.js';

export interface HistoryRequest {
  limit: string;
  since?: string;
}

/** An operation that was begun and has no end: it can be resumed. */
export type HistoryEntry = Omit<OperationSummary, 'finishedAt' | 'outcome' | 'rtoSeconds' | 'reason'> & {
  outcome: NonNullable<OperationSummary['outcome']> | 'unfinished';
  finishedAt: string | null;
  rtoSeconds: number | null;
  reason: string | null;
};

export async function showHistory(context: CommandContext, request: HistoryRequest): Promise<ExitCode> {
  const limit = parseWhole(request.limit, '--limit', { min: 1, max: 1000 });
  const since = request.since === undefined ? undefined : parseSince(request.since, context.clock.now());
  const deployment = await context.deployment();
  const operations = await listOperations(context, deployment.name, connectForReading(deployment, context).ledgers, limit);
  context.output.result({
    deployment: deployment.name,
    operations: operations.filter((operation) => since === undefined || operation.startedAt >= since).map(entryOf),
  }, historyView);
  return ExitCode.done;
}

function entryOf(summary: OperationSummary): HistoryEntry {
  return { ...summary, outcome: summary.outcome ?? 'unfinished', finishedAt: summary.finishedAt ?? null, rtoSeconds: summary.rtoSeconds ?? null, reason: summary.reason ?? null };
}

/** A time (`2026-11-01`, `2026-11-01T08:00Z`) or an age (`30d`); gives ISO 8601 in UTC. Throws `USAGE`. */
export function parseSince(text: string, now: Date): string {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const at = new Date(/T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text}Z` : text);
    if (!Number.isNaN(at.getTime())) return at.toISOString();
    throw usage('USAGE', `--since is not a time: ${JSON.stringify(text)}.`, ['Write a date such as 2026-11-01, a time such as 2026-11-01T08:00Z, or an age such as 30d.']);
  }
  return new Date(now.getTime() - parseDuration(text, '--since')).toISOString();
}
