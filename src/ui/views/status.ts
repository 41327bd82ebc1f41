import type { StatusDocument } from '../documents/status.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatCount, formatSeconds, formatUtc, formatUtcWithAge, plural } from '../quantities.js';
import { healthMark, roleText } from '../theme.js';
import { recommendationLines, signalLine } from './recommendation.js';

export interface StatusViewOptions {
  /** Show every signal, not only those that need attention. */
  allSignals: boolean;
}

export function statusView(options: StatusViewOptions): (document: StatusDocument, page: Page) => string[] {
  return (document, page) => [
    `${page.theme.heading(printable(document.deployment))}  ${page.theme.faint(`seen ${formatUtcWithAge(document.observedAt, page.now)}`)}`,
    '',
    ...routingLines(document, page),
    '',
    ...Object.entries(document.regions).flatMap(([region, assessed]) => regionLines(region, assessed, options, page)),
    '',
    ...workLines(document, page),
    '',
    ...recommendationLines(document.recommendation, page),
  ];
}

function routingLines({ routing, operation }: StatusDocument, page: Page): string[] {
  const { theme } = page;
  const label = (text: string): string => theme.faint(text.padEnd(14));
  const lines = [
    routing.activeRegion === null
      ? `${label('active Region')}${theme.uncertain('? unknown')}  ${printable(routing.unknownBecause ?? '')}`
      : `${label('active Region')}${theme.strong(routing.activeRegion)}${routing.activeRegion === routing.homeRegion ? ' (home)' : ` (home is ${routing.homeRegion})`}  epoch ${routing.epoch}  phase ${routing.phase}`,
    `${label('ARC')}${arcText(routing.arc)}`,
    `${label('traffic dials')}${Object.entries(routing.mrap).map(([region, dial]) => `${region} ${dial ?? 'unknown'}`).join(', ')}`,
  ];
  for (const drift of routing.drift) lines.push(`${label('drift')}${theme.warn('▲')} ${printable(drift)}`);
  if (operation) lines.push(`${label('operation')}${operation.kind} ${printable(operation.operationId)} by ${printable(operation.owner)}, since ${formatUtc(operation.since)}`);
  return lines;
}

function arcText(arc: StatusDocument['routing']['arc']): string {
  if (arc === null) return 'none: this deployment runs without routing controls';
  const { endpointsAnswering, ...states } = arc;
  return `${Object.entries(states).map(([region, state]) => `${region} ${state ?? 'unknown'}`).join(', ')} (${plural(endpointsAnswering, 'endpoint')} ${endpointsAnswering === 1 ? 'answers' : 'answer'})`;
}

function regionLines(region: string, assessed: StatusDocument['regions'][string], options: StatusViewOptions, page: Page): string[] {
  const shown = assessed.signals.filter((signal) => options.allSignals || signal.level === 'bad' || signal.level === 'warn' || (signal.level === 'unknown' && assessed.health !== 'healthy'));
  const silent = assessed.signals.length - shown.length;
  return [
    `${page.theme.strong(region)}  ${roleText(assessed.role)}  ${healthMark(assessed.health, page.theme)}  ${page.theme.faint(silent === 0 ? '' : `${plural(silent, 'further signal')} with --verbose`)}`.trimEnd(),
    ...shown.map((signal) => `  ${signalLine(signal, page)}`),
  ];
}

function workLines({ jobs, replication, zombies, refusedCommits }: StatusDocument, page: Page): string[] {
  const label = (text: string): string => page.theme.faint(text.padEnd(14));
  const lines = [`${label('jobs')}${formatCount(jobs.running)} running, ${formatCount(jobs.held)} held, ${formatCount(jobs.parked)} parked, ${formatCount(jobs.failed)} failed, ${formatCount(jobs.succeededLast24h)} succeeded in the last 24 h`];
  for (const [region, names] of Object.entries(zombies)) {
    if (names && names.length > 0) lines.push(`${label('zombies')}${page.theme.warn('▲')} ${plural(names.length, 'execution')} of an older epoch still ${names.length === 1 ? 'runs' : 'run'} in ${region}; the ledger refuses their commits`);
  }
  if (refusedCommits && refusedCommits.length > 0) lines.push(`${label('refused')}${plural(refusedCommits.length, 'late commit')} refused by the ledger in the last 24 h (see: batchctl status -o json)`);
  for (const [pair, view] of Object.entries(replication)) {
    const oldest = view.oldestPendingSeconds ? `, the oldest for ${formatSeconds(view.oldestPendingSeconds)}` : '';
    lines.push(`${label('replication')}${pair.replace('->', ' → ')}: ${formatCount(view.pendingObjects)} pending${oldest}, ${formatCount(view.failedObjects)} failed, ${formatCount(view.inputsMissing)} open inputs missing`);
  }
  return lines;
}
