import type { Plan } from '../../core/operation.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatSeconds, formatUtc, plural } from '../quantities.js';
import { table } from '../table.js';
import { recommendationLines } from './recommendation.js';

/** Topology before and after, the verdict, the steps, and what would be left behind. */
export function planLines(plan: Plan, page: Page): string[] {
  const { theme } = page;
  const expected = plan.steps.reduce((total, step) => total + step.expectedSeconds, 0);
  return [
    `${theme.heading(`${plan.kind} of ${printable(plan.deployment)}`)}  ${plan.mode}, planned ${formatUtc(plan.madeAt)}`,
    '',
    ...(plan.routingOnly
      ? [`  ${theme.faint('after')} ARC and uploads point to ${theme.strong(plan.to)}; the ledger stays as it is, because it has no quorum`]
      : [
        `  ${theme.faint('now  ')} ${theme.strong(plan.from)} active, epoch ${plan.epochBefore}`,
        `  ${theme.faint('after')} ${theme.strong(plan.to)} active, epoch ${plan.epochAfter}`,
      ]),
    '',
    ...recommendationLines(plan.recommendation, page),
    '',
    ...table([
      { title: 'step', value: (step) => step.name + (step.pointOfNoReturn ? ' !' : '') },
      { title: 'afterwards', value: (step) => step.target, shrinks: true },
      { title: 'about', value: (step) => formatSeconds(step.expectedSeconds), align: 'right' },
      { title: 'at most', value: (step) => formatSeconds(step.deadlineSeconds), align: 'right' },
      { title: 'if it fails', value: (step) => (step.bestEffort ? 'goes on' : 'stops') },
    ], plan.steps, { width: page.columns, paintTitle: theme.faint, indent: '  ' }),
    ...(plan.steps.some((step) => step.pointOfNoReturn) ? [theme.faint('  ! the point of no return: from here on there is only forward')] : []),
    '',
    `  ${theme.faint('in all about')} ${formatSeconds(expected)}   ${theme.faint('re-driven')} ${plural(plan.redrive.length, 'job')}   ${theme.faint('left parked')} ${plural(plan.park.length, 'job')}`,
    ...plan.park.slice(0, 10).map((each) => `    ${printable(each.key)}  ${theme.faint(printable(each.why))}`),
    ...(plan.park.length > 10 ? [theme.faint(`    and ${plan.park.length - 10} more (all of them with -o json)`)] : []),
  ];
}
