import { setMaxListeners } from 'node:events';
import { statusDocument, type StatusDocument } from '../../ui/documents/status.js';
import type { LiveScreen } from '../../ui/screen/live-screen.js';
import type { WatchData } from '../../ui/screen/model/watch-model.js';
import { openSpokenWatch } from '../../ui/screen/spoken-watch.js';
import { createTheme } from '../../ui/theme.js';
import { statusView } from '../../ui/views/status.js';
import type { CommandContext } from '../context.js';
import { keyboardOf, screenTerminal, wantsWords } from '../live-terminal.js';

export interface WatchRequest {
  deployment: string;
  intervalMs: number;
  screenReader: boolean;
  look(context: CommandContext): Promise<WatchData>;
}

/** Looks again and again until the operator quits; gives the last look, or nothing when there was none. */
export async function watch(context: CommandContext, request: WatchRequest): Promise<StatusDocument | undefined> {
  const quit = new AbortController();
  // What is under way is given up as soon as somebody quits: a dead Region would hold them for seconds.
  const inner: CommandContext = { ...context, signal: AbortSignal.any([context.signal, quit.signal]) };
  setMaxListeners(0, inner.signal);
  const screen = await openWatch(context, request, () => quit.abort());
  const leave = (): void => screen.close();
  process.once('exit', leave);
  let last: StatusDocument | undefined;
  try {
    while (!inner.signal.aborted) {
      const data = await request.look(inner);
      last = statusDocument(data.snapshot, data.assessment);
      screen.show(data);
      await context.clock.sleep(request.intervalMs, inner.signal);
    }
  } catch (error) {
    if (!inner.signal.aborted) throw error;
  } finally {
    screen.close();
    process.off('exit', leave);
  }
  return last;
}

async function openWatch(context: CommandContext, request: WatchRequest, onQuit: () => void): Promise<LiveScreen> {
  if (context.output.format !== 'human') return documents(context);
  const terminal = screenTerminal(context.streams.stdout);
  const words = request.screenReader || wantsWords(context.env);
  if (words || !terminal || !context.terminal.animated) {
    return openSpokenWatch({ write: (text) => context.streams.stdout.write(text), style: words && terminal ? 'reader' : 'log' });
  }
  // Loaded here and nowhere else: no command that draws nothing pays for React.
  const { openLiveScreen } = await import('../../ui/screen/live-screen.js');
  return openLiveScreen({
    deployment: request.deployment,
    terminal,
    keyboard: keyboardOf(context.streams.stdin),
    theme: createTheme(context.terminal.colour),
    now: () => context.clock.now(),
    staleAfterSeconds: Math.max(20, (3 * request.intervalMs) / 1000),
    onQuit,
  });
}

/** For programs: an event of every look; the command's result is the last one. */
function documents(context: CommandContext): LiveScreen {
  return {
    show: ({ snapshot, assessment }) => context.output.aside('status', statusDocument(snapshot, assessment), statusView({ allSignals: true })),
    close: () => {},
  };
}
