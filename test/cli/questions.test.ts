import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/context.js';
import { askToType } from '../../src/cli/questions.js';
import { Cancelled } from '../../src/errors.js';

function scene() {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  let shown = '';
  stderr.on('data', (chunk: Buffer) => { shown += chunk.toString(); });
  const controller = new AbortController();
  const context = { streams: { stdin, stderr }, output: { close: () => {} }, signal: controller.signal } as unknown as CommandContext;
  return { context, stdin, controller, shown: () => shown };
}

/** As a person types: an answer only after the question is there. */
async function typing(stdin: PassThrough, shown: () => string, answers: string[]): Promise<void> {
  for (const [index, answer] of answers.entries()) {
    while (shown().split('Type it: ').length <= index + 1) await new Promise((resolve) => { setImmediate(resolve); });
    stdin.write(`${answer}\n`);
  }
}

describe('asking to type a name', () => {
  it('takes the exact name', async () => {
    const { context, stdin, shown } = scene();
    await Promise.all([askToType(context, 'Type it', 'us-west-2'), typing(stdin, shown, ['us-west-2'])]);
  });

  it('does nothing on a bare Enter, and asks again', async () => {
    const { context, stdin, shown } = scene();
    await Promise.all([askToType(context, 'Type it', 'us-west-2'), typing(stdin, shown, ['', 'us-west-2'])]);
    expect(shown()).toContain('Nothing was typed.');
  });

  it('is cancelled by three wrong answers, by the end of input, and by Ctrl-C', async () => {
    const wrong = scene();
    await expect(Promise.all([askToType(wrong.context, 'Type it', 'us-west-2'), typing(wrong.stdin, wrong.shown, ['yes', 'y', 'us-east-1'])])).rejects.toEqual(new Cancelled(false));
    const ended = scene();
    ended.stdin.end();
    await expect(askToType(ended.context, 'Type it', 'us-west-2')).rejects.toBeInstanceOf(Cancelled);
    const interrupted = scene();
    const asked = askToType(interrupted.context, 'Type it', 'us-west-2');
    interrupted.controller.abort();
    await expect(asked).rejects.toBeInstanceOf(Cancelled);
  });
});
