import { assess } from '../../../core/assess.js';
import { formatBytes, formatSeconds, plural } from '../../quantities.js';
import { commandLine, field } from './details.js';
import { verdictSpan } from './marks.js';
import { failoverTarget } from './next-command.js';
import { line, span, type Line } from './spans.js';
import type { WatchModel } from './watch-model.js';

const shownKeys = 8;

/** The command that would move the pipeline now, what speaks for and against it, and what it would cost. Only shown. */
export function failoverLines(model: WatchModel, columns: number): Line[] {
  const to = failoverTarget(model.snapshot);
  if (to === undefined) {
    return [
      line(span('The ledger does not say which Region is active, so nothing can be fenced.', 'warn')),
      line(), line('Routing alone can be moved, and is written down here until the ledger answers:'), line(),
      commandLine(model, 'failover --to REGION --routing-only'),
    ];
  }
  const { recommendation } = assess(model.snapshot, model.policy, { to });
  const { verdict, reasons, blockers, warnings, rpo, rtoSeconds } = recommendation;
  const loss = rpo.objects === null ? 'unknown: nobody could tell which inputs are open' : rpo.objects === 0 ? 'nothing' : `${plural(rpo.objects, 'input')}, ${formatBytes(rpo.bytes)}, the oldest accepted ${formatSeconds(rpo.seconds)} ago`;
  return [
    line(span(`failover to ${to}`, 'heading'), '  ', verdictSpan(verdict, true)),
    line(),
    commandLine(model, `failover --to ${to}`),
    line(span('This screen never runs it. Look at the steps first:', 'faint')),
    commandLine(model, `failover --to ${to} --dry-run`),
    line(),
    ...blockers.flatMap((text) => field('in the way', `✖ ${text}`, columns, 'bad')),
    ...reasons.flatMap((text) => field('reason', text, columns)),
    ...warnings.flatMap((text) => field('warning', `▲ ${text}`, columns, 'warn')),
    ...field('left behind', loss, columns),
    ...rpo.keys.slice(0, shownKeys).flatMap((key) => field('', key, columns)),
    ...(rpo.keys.length > shownKeys ? field('', `and ${rpo.keys.length - shownKeys} more: batchctl assess --to ${to} -o json`, columns, 'faint') : []),
    ...field('would take', rtoSeconds.p50 === null ? 'unknown' : `about ${formatSeconds(rtoSeconds.p50)}, at most about ${formatSeconds(rtoSeconds.p95)}`, columns),
  ];
}

const help: [string, string][] = [
  ['↑ ↓', 'move in a pane, or scroll; also k and j, PgUp, PgDn, Home and End'],
  ['Tab', 'next pane: first Region, second Region, jobs; Shift-Tab and ← → too'],
  ['Enter', 'everything about the selected signal or job; Esc goes back'],
  ['f', 'the failover command with its verdict and cost; it is never run from here'],
  ['?', 'this help'],
  ['q', 'quit; so does Ctrl-C. The last screen stays in the scrollback'],
];

export function helpLines(columns: number): Line[] {
  return [
    line(span('Keys', 'heading')),
    ...help.flatMap(([key, text]) => field(key, text, columns)),
    line(),
    line(span('Signals', 'heading')),
    ...field('✔ ok', 'looked at and good', columns),
    ...field('▲ warn', 'worth knowing; no reason to move', columns),
    ...field('✖ bad', 'counts against the Region', columns),
    ...field('? unknown', 'nobody could tell; never taken for good', columns),
    ...field('here, peer', 'seen from this host; seen from the other Region', columns),
    ...field('▁▃█', 'the last hour, newest at the right: height is the value, x a bad minute, ? unknown, · no look', columns),
    line(),
    line(span('Verdict', 'heading')),
    ...field('', 'of the recommended action, the same that status and assess print. While nothing is to be done it reads NO GO: there is nothing to move away from.', columns),
  ];
}
