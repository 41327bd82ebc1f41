import type { Clock } from '../workflow/ports.js';

/** One sending of a request. */
export interface Sending {
  /**
   * From the moment that the request was handed to the network until its answer began, or it failed: what this process did
   * before and after, such as making its first client, is not the Region's doing.
   */
  milliseconds: number;
  /** Undefined: it was answered. */
  error?: unknown;
  /** Seconds by which the answering clock is ahead of ours, to the second that the answer's header has. */
  clockAheadSeconds?: number;
}

interface Arguments {
  /** The middleware's own note, which rides through the SDK with the request that it is about. */
  readonly sending?: Sending;
}

type Handler = (args: Arguments) => Promise<{ response: unknown }>;

/** The part of an SDK command that this needs; every command has it. */
interface Middlewared {
  middlewareStack: {
    add(middleware: (next: Handler) => Handler, options: { step: 'deserialize'; priority: 'high' | 'low'; name: string }): void;
  };
}

export interface RepeatedCall {
  /** The same command, which will be sent so many times. Its own outcome is that of the first sending. */
  on<Command>(command: Command): Command;
  /** What has ended so far. */
  ended(): readonly Sending[];
}

export interface RepeatedCallOptions {
  clock: Clock;
  times: number;
  /** Whether to send a failed one again, once; the time counts on. */
  again(error: unknown): boolean;
}

/**
 * Prepares and signs a request once and sends it several times at once. Most of what a call costs this process is the way
 * to its signature, and a signature is good for minutes. Each answer is read and judged by itself.
 */
export function repeatCall({ clock, times, again }: RepeatedCallOptions): RepeatedCall {
  const ended: Sending[] = [];
  const now = (): number => clock.now().getTime();

  async function sendOnce(next: Handler, args: Arguments): Promise<{ response: unknown }> {
    const sending: Sending = { milliseconds: 0 };
    const sentAt = now();
    try {
      return await next({ ...args, sending }).catch((error: unknown) => {
        if (again(error)) return next({ ...args, sending });
        throw error;
      });
    } catch (error) {
      Object.assign(sending, { milliseconds: now() - sentAt, error });
      throw error;
    } finally {
      ended.push(sending);
    }
  }

  return {
    on(command) {
      const { middlewareStack } = command as unknown as Middlewared;
      middlewareStack.add((next) => async (args) => {
        // Signed anew by AWS's time, it is another call: what the refused one met was this host's clock.
        ended.length = 0;
        const [first] = await Promise.allSettled(Array.from({ length: times }, () => sendOnce(next, args)));
        if (first?.status !== 'fulfilled') throw first?.reason;
        return first.value;
      }, { step: 'deserialize', priority: 'high', name: 'sendRepeatedly' });
      middlewareStack.add((next) => async (args) => {
        const sentAt = now();
        const answer = await next(args);
        if (args.sending) note(args.sending, answer.response, now() - sentAt);
        return answer;
      }, { step: 'deserialize', priority: 'low', name: 'noteAnswer' });
      return command;
    },
    ended: () => ended,
  };

  /** When AWS says it is: the SDK corrects its signatures by this in silence, and an operator ought to be told. */
  function note(sending: Sending, response: unknown, milliseconds: number): void {
    sending.milliseconds = milliseconds;
    const said = Date.parse((response as { headers?: Record<string, string> } | undefined)?.headers?.['date'] ?? '');
    // A header is cut to the second: half of one is the best guess at the rest.
    if (!Number.isNaN(said)) sending.clockAheadSeconds = Math.round((said + 500 - now()) / 1000);
  }
}
