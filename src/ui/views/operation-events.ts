import type { OperationEvent, StepDetail } from '../../core/operation.js';
import { printable } from '../printable.js';
import { formatSeconds, formatUtc } from '../quantities.js';
import { stepMark, type Theme } from '../theme.js';

/** What a person reads while an operation runs. Progress inside a step is drawn in place and is not part of it. */
export function operationEventLines(event: Exclude<OperationEvent, { type: 'step-progress' }>, theme: Theme): string[] {
  switch (event.type) {
    case 'operation-started':
      return [theme.faint(`${formatUtc(event.at)}  operation ${printable(event.operationId)} ${event.resumed ? 'resumed' : 'started'} by ${printable(event.operator)}`)];
    case 'step-started':
      return [`${stepMark('running', theme)}  ${theme.strong(event.step)}  ${printable(event.target)}`];
    case 'step-finished':
      return [`${stepMark(event.state, theme)}  ${theme.strong(event.step)}  ${theme.faint(formatSeconds(event.seconds))}${detailText(event.detail, theme)}`];
    case 'step-failed':
      return [
        `${stepMark('failed', theme)}  ${theme.strong(event.step)}  ${printable(event.message)} ${theme.faint(`[${event.code}]`)}`,
        ...event.nextSteps.map((step) => `    → ${printable(step)}`),
      ];
    case 'note':
      return [event.level === 'warn' ? `${theme.warn('▲ warning')} ${printable(event.message)}` : printable(event.message)];
    case 'operation-suspended':
      return [theme.faint(`${formatUtc(event.at)}  handed over: ${printable(event.why)}`)];
    case 'operation-finished':
      // The command prints the result itself.
      return [];
  }
}

/** `name value` pairs, lists as their length: the full detail is in the JSON result and the journal. */
export function detailText(detail: StepDetail, theme: Theme): string {
  const shown = Object.entries(detail).map(([name, value]) => `${words(name)} ${brief(value)}`);
  return shown.length === 0 ? '' : theme.faint(`  ${shown.join(', ')}`);
}

function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return value.length <= 3 && value.every((item) => typeof item === 'string') ? `[${value.map((item) => printable(String(item))).join(' ')}]` : String(value.length);
  if (value !== null && typeof value === 'object') return printable(Object.entries(value).map(([name, inner]) => `${name}=${inner !== null && typeof inner === 'object' ? '…' : String(inner)}`).join(' '));
  return printable(String(value));
}
