import type { FaultExperiment } from '../../core/fault-experiments.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { plural } from '../quantities.js';
import { table } from '../table.js';

export interface DrillListDocument {
  /** Null: the drill's own sandboxes. */
  deployment: string | null;
  on: 'sandbox' | 'deployment';
  scenarios: { scenario: string; summary: string; offered: boolean }[];
  experiments: FaultExperiment[];
  commands: Record<string, { watch: string; stop: string }>;
}

/** Commands are printed whole, on lines of their own, so that they can be copied. */
export function drillListView({ deployment, on, scenarios, experiments, commands }: DrillListDocument, page: Page): string[] {
  const { theme } = page;
  const where = deployment === null ? 'sandboxes of its own' : printable(deployment);
  return [
    theme.heading(`Drills on ${where}`),
    '',
    ...table([
      { title: 'scenario', value: (each) => each.scenario },
      { title: 'offered', value: (each) => (each.offered ? '✔ yes' : '✖ sandbox only'), paint: (text, each) => (each.offered ? theme.good(text) : theme.faint(text)) },
      { title: 'what happens', value: (each) => each.summary, shrinks: true },
    ], scenarios, { width: page.columns, paintTitle: theme.faint }),
    ...(on === 'sandbox' ? [] : experimentLines(experiments, commands, page)),
  ];
}

function experimentLines(experiments: FaultExperiment[], commands: DrillListDocument['commands'], { theme }: Page): string[] {
  if (experiments.length === 0) return ['', 'It has no experiments to break a Region with. Deploy them: cdk deploy --all -c chaos=true, then batchctl init'];
  return [
    '',
    theme.heading('Experiments that break a Region on purpose (AWS FIS)'),
    'batchctl starts none of them. Whoever holds the role of game days does; see "Game day" in infra/README.md.',
    ...experiments.flatMap(({ name, summary, minutes, start }) => [
      '',
      `${theme.strong(printable(name))}  ${plural(minutes, 'minute')}: ${printable(summary)}`,
      ...Object.entries(start).flatMap(([region, command]) => [`  ${theme.faint(`in ${region}:`)}`, `  ${command}`]),
    ]),
    '',
    theme.heading('How it goes, and how to end it at once (ID is what the start printed)'),
    ...Object.entries(commands).flatMap(([region, { watch, stop }]) => [`  ${theme.faint(`in ${region}:`)}`, `  ${watch}`, `  ${stop}`]),
  ];
}
