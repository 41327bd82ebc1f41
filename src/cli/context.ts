import type { Deployment } from '../config/schema.js';
import type { Environment } from '../config/locations.js';
import type { Output, OutputEvent } from '../ui/output.js';
import type { Terminal } from '../ui/terminal.js';
import type { Clock } from '../workflow/ports.js';
import type { GlobalFlags } from './global-flags.js';
import type { Streams } from './streams.js';

/** What a command gets: everything it may touch, and nothing that it has to find for itself. */
export interface CommandContext {
  readonly flags: GlobalFlags;
  readonly env: Environment;
  readonly streams: Streams;
  readonly output: Output;
  /** The terminal behind stdout. */
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C and when `--timeout` is over: stop at the next safe point. */
  readonly signal: AbortSignal;
  /** Sets what is said when a second Ctrl-C ends the process at once: the command that goes on from here. */
  adviseOnLeaving(advice: string): void;
  /** Reads the deployment file on first use; throws `CONFIG_…` errors. */
  deployment(): Promise<Deployment>;
}

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** Says something now: stamps the event with the context's clock. */
export function tell(context: Pick<CommandContext, 'output' | 'clock'>, event: WithoutTime<OutputEvent>): void {
  context.output.event({ ...event, at: context.clock.now().toISOString() } as OutputEvent);
}

export function note(context: Pick<CommandContext, 'output' | 'clock'>, message: string): void {
  tell(context, { type: 'note', level: 'info', message });
}

export function warn(context: Pick<CommandContext, 'output' | 'clock'>, message: string): void {
  tell(context, { type: 'note', level: 'warn', message });
}
