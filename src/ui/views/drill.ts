import type { DrillResult } from '../../core/drill.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatSeconds, plural } from '../quantities.js';
import { table } from '../table.js';

export interface DrillDocument {
  deployment: string;
  ok: boolean;
  seconds: number;
  /** The file with the after-action reports. */
  report: string;
  scenarios: DrillResult[];
}

export function drillView(document: DrillDocument, page: Page): string[] {
  const { theme } = page;
  const failed = document.scenarios.filter((scenario) => !scenario.ok);
  return [
    ...table([
      { title: 'scenario', value: (result) => result.scenario },
      { title: 'result', value: (result) => (result.ok ? '✔ passed' : '✖ failed'), paint: (text, result) => (result.ok ? theme.good(text) : theme.bad(text)) },
      { title: 'detected', value: (result) => (result.detectSeconds === null ? '' : formatSeconds(result.detectSeconds)), align: 'right' },
      { title: 'RTO', value: ({ rto }) => (rto.seconds === null ? 'none' : formatSeconds(rto.seconds)), align: 'right' },
      { title: 'target', value: ({ rto }) => formatSeconds(rto.targetSeconds), align: 'right' },
      { title: 'left behind', value: rpoText, align: 'right' },
      { title: 're-driven', value: (result) => String(result.jobs.redriven), align: 'right' },
      { title: 'way back', value: (result) => (result.returnSeconds === null ? 'none' : formatSeconds(result.returnSeconds)), align: 'right' },
      { title: 'against earlier', value: earlierText, shrinks: true },
    ], document.scenarios, { width: page.columns, paintTitle: theme.faint }),
    ...failed.flatMap((scenario) => [
      '',
      theme.strong(scenario.scenario),
      ...(scenario.rto.met ? [] : [`  ${theme.bad('✖ missed')}  time to recover: ${scenario.rto.seconds === null ? 'not reached' : formatSeconds(scenario.rto.seconds)} of ${formatSeconds(scenario.rto.targetSeconds)}`]),
      ...(scenario.rpo.met ? [] : [`  ${theme.bad('✖ missed')}  left behind: ${scenario.rpo.objects ?? 'unknown'} of at most ${scenario.rpo.targetObjects}`]),
      ...scenario.checks.filter((check) => !check.ok).map((check) => `  ${theme.bad('✖ wrong')}  ${check.name}: ${printable(check.detail)}`),
    ]),
    '',
    `${document.ok ? theme.good(`✔ ${plural(document.scenarios.length, 'scenario')} passed`) : theme.bad(`✖ ${failed.length} of ${plural(document.scenarios.length, 'scenario')} failed`)}, in ${formatSeconds(document.seconds)}.`,
    theme.faint(`  report ${printable(document.report)}`),
  ];
}

function rpoText({ rpo, heldBack }: DrillResult): string {
  if (rpo.objects === null) return 'unknown';
  return heldBack > 0 ? `${rpo.objects} (held back: ${heldBack})` : String(rpo.objects);
}

function earlierText({ earlier }: DrillResult): string {
  if (earlier.runs === 0 || earlier.medianRtoSeconds === null) return 'the first';
  const change = earlier.againstMedianSeconds;
  if (change === null) return 'nothing to compare';
  const words = Math.abs(change) < 0.1 ? 'as the median' : `${formatSeconds(Math.abs(change))} ${change > 0 ? 'slower' : 'faster'} than the median`;
  return `${words} of ${plural(earlier.runs, 'run')}`;
}
