import { createInterface } from 'node:readline/promises';
import { Cancelled } from '../errors.js';
import type { CommandContext } from './context.js';

/** Whether somebody sits there who can answer. */
export function canAsk(context: CommandContext): boolean {
  return context.streams.stdin.isTTY === true && context.streams.stderr.isTTY === true;
}

const maxTries = 3;

/**
 * Asks on stderr until `expected` is typed exactly. A bare Enter or anything else changes nothing and asks again; after
 * three tries, at the end of input, and on Ctrl-C it throws `Cancelled`.
 */
export async function askToType(context: CommandContext, question: string, expected: string): Promise<void> {
  await askToChoose(context, question, [expected]);
}

/** As `askToType`, for one of several words; gives the one that was typed. */
export async function askToChoose<Word extends string>(context: CommandContext, question: string, words: readonly Word[]): Promise<Word> {
  context.output.close();
  const lines = createInterface({ input: context.streams.stdin, output: context.streams.stderr as NodeJS.WritableStream, terminal: false });
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const answer = await answerTo(lines, `${question}: `, context.signal);
      const chosen = words.find((word) => word === answer);
      if (chosen !== undefined) return chosen;
      context.streams.stderr.write(answer === '' ? 'Nothing was typed.\n' : `That is not ${words.join(' or ')}.\n`);
    }
    throw new Cancelled(false);
  } finally {
    lines.close();
  }
}

/** End of input is no answer: without this, a closed stdin would leave the question open for ever. */
async function answerTo(lines: ReturnType<typeof createInterface>, question: string, signal: AbortSignal): Promise<string> {
  const closed = new AbortController();
  const onClose = (): void => closed.abort();
  lines.once('close', onClose);
  try {
    return (await lines.question(question, { signal: AbortSignal.any([signal, closed.signal]) })).trim();
  } catch (error) {
    if (signal.aborted || closed.signal.aborted) throw new Cancelled(false);
    throw error;
  } finally {
    lines.off('close', onClose);
  }
}
