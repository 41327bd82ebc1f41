import type { Clock } from '../workflow/ports.js';

/** The part of an SDK command that this needs; every command has it. */
interface Middlewared {
  middlewareStack: {
    add(middleware: (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>, options: { step: 'deserialize'; priority: 'low'; name: string }): void;
  };
}

export interface DateCapture {
  /** The same command, whose answer's `Date` header will be noted. */
  on<Command>(command: Command): Command;
  /** Seconds by which the answering clock is ahead of ours, to the second that the header has; undefined without one. */
  clockAheadSeconds(): number | undefined;
}

/** Notes when AWS says it is. The SDK corrects its signatures by this in silence; an operator ought to be told. */
export function captureDate(clock: Clock): DateCapture {
  let ahead: number | undefined;
  return {
    on(command) {
      (command as unknown as Middlewared).middlewareStack.add((next) => async (args) => {
        const answer = await next(args);
        const headers = (answer.response as { headers?: Record<string, string> } | undefined)?.headers;
        const said = Date.parse(headers?.['date'] ?? '');
        // A header is cut to the second: half of one is the best guess at the rest.
        if (!Number.isNaN(said)) ahead = Math.round((said + 500 - clock.now().getTime()) / 1000);
        return answer;
      }, { step: 'deserialize', priority: 'low', name: 'noteAnswerDate' });
      return command;
    },
    clockAheadSeconds: () => ahead,
  };
}
