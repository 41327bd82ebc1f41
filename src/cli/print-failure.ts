import type { Environment } from '../config/locations.js';
import type { ExitCode } from '../errors.js';
import { createOutput } from '../ui/create-output.js';
import { detectTerminal } from '../ui/terminal.js';
import { reportFailure } from './failures.js';
import { outputFormatOf } from './global-flags.js';
import type { Streams } from './streams.js';
import { systemClock } from '../aws/system-clock.js';

/** Prints whatever was thrown, in the format that the command line asked for, even when that line did not parse. */
export function printFailure(error: unknown, argv: readonly string[], env: Environment, streams: Streams): ExitCode {
  const verbose = argv.includes('--verbose');
  const wishes = { noColour: argv.includes('--no-color') };
  const output = createOutput(outputFormatOf(argv), {
    stdout: streams.stdout,
    stderr: streams.stderr,
    stdoutTerminal: detectTerminal(streams.stdout, env, wishes),
    stderrTerminal: detectTerminal(streams.stderr, env, wishes),
    now: () => systemClock.now(),
    verbose,
  });
  const report = reportFailure(error, { verbose });
  output.failure(report.failure);
  return report.exitCode;
}
