import type { Clock } from '../workflow/ports.js';

/** The part of an SDK command that this needs; every command has it. */
interface Middlewared {
  middlewareStack: {
    add(middleware: (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>, options: { step: 'deserialize'; priority: 'low'; name: string }): void;
  };
}

export interface AnswerCapture {
  /** The same command, whose answer's `Date` header will be noted, and how long it took. */
  on<Command>(command: Command): Command;
  /** Seconds by which the answering clock is ahead of ours, to the second that the header has; undefined without one. */
  clockAheadSeconds(): number | undefined;
  /**
   * From the moment that the request was handed to the network until its answer began: what this process did before and
   * after, such as making its first client, is not the Region's doing. Undefined without an answer.
   */
  milliseconds(): number | undefined;
}

/** Notes how long an answer took, and when AWS says it is. The SDK corrects its signatures by this in silence; an operator ought to be told. */
export function captureAnswer(clock: Clock): AnswerCapture {
  let ahead: number | undefined;
  let took: number | undefined;
  return {
    on(command) {
      (command as unknown as Middlewared).middlewareStack.add((next) => async (args) => {
        const sentAt = clock.now().getTime();
        const answer = await next(args);
        took = clock.now().getTime() - sentAt;
        const headers = (answer.response as { headers?: Record<string, string> } | undefined)?.headers;
        const said = Date.parse(headers?.['date'] ?? '');
        // A header is cut to the second: half of one is the best guess at the rest.
        if (!Number.isNaN(said)) ahead = Math.round((said + 500 - clock.now().getTime()) / 1000);
        return answer;
      }, { step: 'deserialize', priority: 'low', name: 'noteAnswer' });
      return command;
    },
    clockAheadSeconds: () => ahead,
    milliseconds: () => took,
  };
}
