import { applyEvent, type OperationView } from '../core/operation-fold.js';
import type { OperationEvent, OperationResult, Plan } from '../core/operation.js';
import { createTheme } from '../ui/theme.js';
import { detectTerminal } from '../ui/terminal.js';
import type { OperationLive } from '../ui/screen/operation-live.js';
import type { CommandContext } from './context.js';
import { keyboardOf, screenTerminal, wantsWords } from './live-terminal.js';
import { commandWords, shellWords } from './shell-words.js';

export interface OperationToShow {
  plan: Plan;
  rtoTargetSeconds: number;
  /** The events of the interrupted run that this one goes on with. */
  earlier?: readonly OperationEvent[];
}

export interface Shown {
  onEvent(event: OperationEvent): void;
  /** Gives the terminal back while `ask` talks with the operator. */
  whileAsking<Answer>(ask: () => Promise<Answer>): Promise<Answer>;
}

/**
 * Runs an operation with its screen on stderr where a person sits at a terminal; otherwise its events go to the output,
 * as lines or as JSON. Whatever the run throws is thrown on, after the terminal was given back.
 */
export async function showOperation(context: CommandContext, shown: OperationToShow, run: (shown: Shown) => Promise<OperationResult>): Promise<OperationResult> {
  const advise = (event: OperationEvent): void => {
    if (event.type === 'operation-started') context.adviseOnLeaving(`Go on with: ${shellWords([...commandWords(context.flags), event.plan.kind === 'failback' ? 'failback' : 'failover', '--resume', event.operationId])}`);
  };
  const terminal = screenTerminal(context.streams.stderr);
  const described = detectTerminal(context.streams.stderr, context.env, { noColour: context.flags.noColour });
  const words = wantsWords(context.env);
  if (context.output.format !== 'human' || words || !terminal || !described.animated) {
    // A line that is rewritten in place is read aloud again and again.
    return run({
      onEvent(event) {
        advise(event);
        if (!words || event.type !== 'step-progress') context.output.event(event);
      },
      whileAsking: (ask) => ask(),
    });
  }
  context.output.close();
  const { openOperationScreen } = await import('../ui/screen/operation-live.js');
  let view = shown.earlier?.reduce<OperationView | undefined>(applyEvent, undefined);
  const open = (): OperationLive => openOperationScreen({
    ...shown,
    earlier: view,
    terminal,
    keyboard: keyboardOf(context.streams.stdin),
    theme: createTheme(described.colour),
    now: () => context.clock.now(),
    // As a signal, so that it takes the same way as one from outside: first stop safely, then leave.
    onInterrupt: () => { process.kill(process.pid, 'SIGINT'); },
  });
  let screen = open();
  const leave = (): void => screen.close();
  const stopping = (): void => screen.stopping();
  process.once('exit', leave);
  context.signal.addEventListener('abort', stopping, { once: true });
  try {
    return await run({
      onEvent(event) {
        advise(event);
        view = applyEvent(view, event);
        screen.event(event);
      },
      async whileAsking(ask) {
        screen.close();
        try {
          return await ask();
        } finally {
          screen = open();
        }
      },
    });
  } finally {
    screen.close();
    context.signal.removeEventListener('abort', stopping);
    process.off('exit', leave);
  }
}
