import { ExitCode, usage } from '../../errors.js';
import type { CommandContext } from '../context.js';
import { parseWhole } from '../durations.js';
import { sampleText } from '../sample/order-rows.js';
import { defaultReferenceRows } from '../sample/reference-rows.js';

export interface SampleFlags {
  rows: string;
  bad: string;
  seed: string;
}

/** Content, not a report: the CSV goes to stdout as it is, whatever the output format. */
export async function printSample(context: CommandContext, flags: SampleFlags): Promise<ExitCode> {
  const rows = parseWhole(flags.rows, '--rows', { max: 100_000_000 });
  const bad = parseWhole(flags.bad, '--bad');
  if (bad > rows) throw usage('USAGE', `--bad ${bad} is more than --rows ${rows}.`);
  const { stdout } = context.streams;
  for (const text of sampleText({ rows, bad, seed: parseWhole(flags.seed, '--seed', { max: 2 ** 32 - 1 }), references: defaultReferenceRows })) {
    context.signal.throwIfAborted();
    if (!stdout.write(text) && stdout.once) await new Promise<void>((resolve) => { stdout.once?.('drain', resolve); });
  }
  return ExitCode.done;
}
