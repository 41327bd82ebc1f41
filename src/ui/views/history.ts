import type { OperationKind, Outcome } from '../../core/operation.js';
import type { Page } from '../output.js';
import { outcomeText } from '../report/figures.js';
import { formatSeconds, formatUtc } from '../quantities.js';
import { table } from '../table.js';

export interface HistoryDocument {
  deployment: string;
  operations: {
    operationId: string; kind: OperationKind; mode: string; from: string; to: string; epoch: number; operator: string;
    startedAt: string; finishedAt: string | null; outcome: Outcome | 'unfinished'; rtoSeconds: number | null; reason: string | null;
  }[];
}

/** One line an operation, newest first. */
export function historyView(document: HistoryDocument, page: Page): string[] {
  const { operations } = document;
  const newest = operations[0];
  if (!newest) return ['No operation yet.'];
  const unfinished = operations.find((operation) => operation.outcome === 'unfinished' || operation.outcome === 'interrupted');
  return [
    ...table([
      { title: 'started', value: (operation) => formatUtc(operation.startedAt) },
      { title: 'what', value: (operation) => `${operation.kind}, ${operation.mode}` },
      { title: 'from → to', value: (operation) => `${operation.from} → ${operation.to}` },
      { title: 'epoch', value: (operation) => String(operation.epoch), align: 'right' },
      { title: 'outcome', value: (operation) => outcomeText(operation.outcome), paint: (text, operation) => paintOutcome(text, operation.outcome, page) },
      { title: 'RTO', value: (operation) => (operation.rtoSeconds === null ? '' : formatSeconds(operation.rtoSeconds)), align: 'right' },
      { title: 'by', value: (operation) => operation.operator.replace(/ \(process \d+\)$/, '') },
      { title: 'id', value: (operation) => operation.operationId },
      { title: 'reason', value: (operation) => operation.reason ?? '', shrinks: true },
    ], operations, { width: page.columns, paintTitle: page.theme.faint }),
    '',
    ...(unfinished ? [`  → batchctl ${unfinished.kind === 'failback' ? 'failback' : 'failover'} --resume ${unfinished.operationId}`] : []),
    `  → batchctl report ${newest.operationId}`,
  ];
}

function paintOutcome(text: string, outcome: Outcome | 'unfinished', { theme }: Page): string {
  if (outcome === 'done') return theme.good(text);
  return outcome === 'failed' || outcome === 'refused' ? theme.bad(text) : theme.warn(text);
}
