import { createLiveLine } from './live-line.js';
import type { Failure, Output, OutputEvent, OutputTargets, Page } from './output.js';
import { printable, printableLines } from './printable.js';
import { createProgressMeter } from './progress.js';
import { createTheme, type Theme } from './theme.js';
import { operationEventLines } from './views/operation-events.js';

/** For people: results on stdout; progress, notes and failures on stderr. */
export function createHumanOutput(targets: OutputTargets): Output {
  const { stdout, stderr } = targets;
  const errorTheme = createTheme(targets.stderrTerminal.colour);
  const line = createLiveLine(stderr, targets.stderrTerminal, () => targets.now().getTime());
  const meter = createProgressMeter();

  function say(lines: string[]): void {
    if (lines.length === 0) return;
    line.clear();
    stderr.write(`${lines.join('\n')}\n`);
  }

  return {
    format: 'human',
    event(event) {
      if (event.type === 'progress') line.show(meter.draw(event));
      else if (event.type === 'progress-finished') {
        meter.forget(event.task);
        line.clear();
      } else if (event.type === 'step-progress') line.show(`    ${progressText(event)}`);
      else say(eventLines(event, errorTheme));
    },
    aside(_type, document, view) {
      say(view(document, { theme: errorTheme, columns: targets.stderrTerminal.columns, now: targets.now() }));
    },
    result(document, view) {
      line.clear();
      const page: Page = { theme: createTheme(targets.stdoutTerminal.colour), columns: targets.stdoutTerminal.columns, now: targets.now() };
      const lines = view(document, page);
      if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
    },
    failure(failure) {
      say(failureLines(failure, errorTheme, targets.verbose));
    },
    close: () => line.clear(),
  };
}

function eventLines(event: Exclude<OutputEvent, { type: 'progress' | 'progress-finished' | 'step-progress' }>, theme: Theme): string[] {
  if (event.type === 'job') return [`${printable(event.key)}  ${event.status}${event.detail ? `  ${theme.faint(printable(event.detail))}` : ''}`];
  return operationEventLines(event, theme);
}

function progressText(event: Extract<OutputEvent, { type: 'step-progress' }>): string {
  const count = event.total === undefined ? '' : ` (${event.done ?? 0} of ${event.total})`;
  return printable(`${event.message}${count}`);
}

export function failureLines(failure: Failure, theme: Theme, verbose: boolean): string[] {
  const lines = [`${theme.bad('✖ error')} ${printableLines(failure.message)} ${theme.faint(`[${failure.code}]`)}`];
  for (const step of failure.nextSteps) lines.push(`  → ${printable(step)}`);
  if (verbose && failure.details) {
    for (const [name, value] of Object.entries(failure.details)) lines.push(theme.faint(`  ${name}: ${printable(typeof value === 'string' ? value : JSON.stringify(value))}`));
  }
  return lines;
}
