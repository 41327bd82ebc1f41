import type { OperationResult, Outcome } from '../../core/operation.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatSeconds, plural } from '../quantities.js';
import { stepMark, type Theme } from '../theme.js';
import { detailText } from './operation-events.js';

/** The end of an operation: outcome, where the pipeline is now, what became of every job, what to do next. */
export function operationResultLines(result: OperationResult, page: Page): string[] {
  const { theme } = page;
  const lines = [
    '',
    `${outcomeMark(result.outcome, theme)}  ${theme.strong(`${result.kind} ${result.from} → ${result.to}`)}  ${result.mode}, epoch ${result.epoch}  ${theme.faint(printable(result.operationId))}`,
    ...result.steps.filter((step) => step.state === 'failed' || step.state === 'warned').map((step) => `  ${stepMark(step.state, theme)}  ${step.name}${detailText(step.detail, theme)}`),
  ];
  const kept = result.redriven.reduce((total, job) => total + job.partsKept, 0);
  lines.push(`  ${theme.faint('jobs')}  ${result.redriven.length} re-driven (${plural(kept, 'finished part')} kept), ${result.alreadyDone.length} already done, ${result.adopted.length} adopted, ${result.parked.length} parked, ${result.failed.length} failed`);
  for (const job of [...result.parked, ...result.failed]) lines.push(`    ${printable(job.key)}  ${theme.faint(printable(job.why))}`);
  // A result of before these lists existed has none.
  for (const job of result.outputsPending ?? []) lines.push(`  ${theme.faint('output')}  that of ${printable(job.key)} lies only in ${result.from}; it can be fetched once that Region is back`);
  for (const refused of result.refusedCommits ?? []) lines.push(`  ${theme.faint('refused')}  a late commit of ${printable(refused.key)} by ${refused.region}, epoch ${refused.epoch}${refused.orphanOutputKey === null ? '' : `; orphan output ${printable(refused.orphanOutputKey)}`}`);
  lines.push(`  ${theme.faint('RTO')}   ${result.rtoSeconds === null ? 'not reached' : formatSeconds(result.rtoSeconds)}   ${theme.faint('RPO')}  ${result.rpo.objects === null ? 'unknown' : plural(result.rpo.objects, 'input')}`);
  for (const step of result.nextSteps) lines.push(`  → ${printable(step)}`);
  return lines;
}

function outcomeMark(outcome: Outcome, theme: Theme): string {
  switch (outcome) {
    case 'done': return theme.good('✔ done');
    case 'done_with_exceptions': return theme.warn('▲ done, with exceptions');
    case 'refused': return theme.bad('✖ refused');
    case 'failed': return theme.bad('✖ failed');
    case 'interrupted': return theme.warn('▲ interrupted');
    case 'cancelled': return theme.faint('– cancelled');
  }
}
