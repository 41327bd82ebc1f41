import { version } from '../package.json';
import type { Environment } from './config/locations.js';
import { ExitCode } from './errors.js';
import type { SignalSource } from './cli/interrupts.js';
import type { Streams } from './cli/streams.js';

export interface RunOptions {
  signals?: SignalSource;
  leaveNow?: () => void;
}

/**
 * The whole command line as a function: runs `argv` (without node and script) and tells the exit code. The only
 * catch-all of the program: whatever is thrown ends here, as one message in the chosen format.
 */
export async function run(argv: readonly string[], env: Environment, streams: Streams, options: RunOptions = {}): Promise<ExitCode> {
  // Asked for by every script that checks its tools, so it loads nothing.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    streams.stdout.write(`${version}\n`);
    return ExitCode.done;
  }
  try {
    const { runProgram } = await import('./cli/program.js');
    return await runProgram(argv, env, streams, {
      version,
      signals: options.signals ?? { on: () => {}, off: () => {} },
      leaveNow: options.leaveNow ?? (() => {}),
    });
  } catch (error) {
    const { printFailure } = await import('./cli/print-failure.js');
    return printFailure(error, argv, env, streams);
  }
}

/** `run` for this process: its arguments, environment, streams and signals. */
export async function main(): Promise<ExitCode> {
  // The SDK's notice about future versions of Node is for those who build batchctl; stderr is the operator's.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  endQuietlyOnClosedPipe(process.stdout);
  endQuietlyOnClosedPipe(process.stderr);
  const streams: Streams = {
    // Few commands read it, and opening it takes a tenth of what `--help` does by itself.
    get stdin() { return process.stdin; },
    stdout: process.stdout,
    stderr: process.stderr,
  };
  const exitCode = await run(process.argv.slice(2), process.env, streams, {
    signals: process,
    leaveNow: () => process.exit(ExitCode.interrupted),
  });
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Calls that were given up on may still hold sockets into a Region that answers nothing, each for its whole time-out.
  process.exit(exitCode);
}

/** A pipe takes what is written later; leaving before would cut it off. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => { stream.write('', () => resolve()); });
}

/** `batchctl jobs | head` closes our stdout early: that is no error of ours. */
function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.done);
    throw error;
  });
}
