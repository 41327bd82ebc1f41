import { usage } from '../errors.js';
import type { RunOptions } from '../workflow/runner.js';
import type { CommandContext } from './context.js';
import type { Shown } from './live-operation.js';
import { askToChoose, canAsk } from './questions.js';

export type DrainDeadlineFlag = 'redrive' | 'undo' | 'ask';

export function parseDrainDeadline(text: string | undefined, context: CommandContext): DrainDeadlineFlag {
  if (text === undefined) return canAsk(context) ? 'ask' : 'undo';
  if (text !== 'redrive' && text !== 'undo' && text !== 'ask') throw usage('USAGE', `--on-drain-deadline must be redrive, undo or ask, not ${JSON.stringify(text)}.`);
  if (text === 'ask' && !canAsk(context)) throw usage('USAGE', '--on-drain-deadline ask needs a terminal to ask on.', ['Decide now: --on-drain-deadline redrive, or undo']);
  return text;
}

/** What the runner does when the drain deadline has passed: the operator's flag, or the operator's answer then. */
export function onDrainDeadline(flag: DrainDeadlineFlag, context: CommandContext, shown: Shown): NonNullable<RunOptions['onDrainDeadline']> {
  if (flag !== 'ask') return flag;
  return (running) => shown.whileAsking(() => askToChoose(
    context,
    `\n${running.length} jobs still run and the drain deadline has passed. Type redrive to start them again in the target, keeping their finished parts, or undo to put everything back`,
    ['redrive', 'undo'],
  ));
}
