import type { Environment } from '../config/locations.js';
import type { Deployment } from '../config/schema.js';
import type { ExitCode } from '../errors.js';
import { onWrongClock } from '../aws/clock-correction.js';
import { createOutput } from '../ui/create-output.js';
import { formatSeconds } from '../ui/quantities.js';
import { detectTerminal } from '../ui/terminal.js';
import { warn, type CommandContext } from './context.js';
import { parseGlobalFlags, type GlobalFlags, type RawGlobalFlags } from './global-flags.js';
import { watchInterrupts, type SignalSource } from './interrupts.js';
import type { Streams } from './streams.js';
import { refuseStraySandboxKeys } from './stray-sandbox-keys.js';
import { systemClock } from '../aws/system-clock.js';

/** Runs a command's work and remembers its exit code. A command definition calls it once, from its action. */
export type Start = (raw: RawGlobalFlags, work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

export interface StartOptions {
  env: Environment;
  streams: Streams;
  signals: SignalSource;
  /** Ends the process at once, with the exit code for an unknown outcome (second Ctrl-C). */
  leaveNow(): void;
  finished(exitCode: ExitCode): void;
}

export function createStart({ env, streams, signals, leaveNow, finished }: StartOptions): Start {
  return async (raw, work) => {
    const flags = parseGlobalFlags(raw);
    const wishes = { noColour: flags.noColour };
    const terminal = detectTerminal(streams.stdout, env, wishes);
    const now = (): Date => systemClock.now();
    const output = createOutput(flags.output, {
      stdout: streams.stdout,
      stderr: streams.stderr,
      stdoutTerminal: terminal,
      stderrTerminal: detectTerminal(streams.stderr, env, wishes),
      now,
      verbose: flags.verbose,
    });
    let advice: string | undefined;
    // Only an operation has points at which it may not stop.
    const stopping = (): string => (advice === undefined ? 'Stopping.' : 'Stopping at the next safe point.');
    const interrupts = watchInterrupts({
      source: signals,
      ...(flags.timeoutMs === undefined ? {} : { timeoutMs: flags.timeoutMs }),
      onFirst: () => output.event({ type: 'note', at: now().toISOString(), level: 'warn', message: `${stopping()} Press Ctrl-C again to leave at once.` }),
      onSecond: () => {
        if (advice !== undefined) output.event({ type: 'note', at: now().toISOString(), level: 'warn', message: `Left at once, in the middle of a step. ${advice}` });
        output.close();
        leaveNow();
      },
    });
    const context: CommandContext = {
      flags,
      env,
      streams,
      output,
      terminal,
      clock: systemClock,
      signal: interrupts.signal,
      adviseOnLeaving: (text) => { advice = text; },
      deployment: () => loadDeploymentOf(flags, env, (message) => output.event({ type: 'note', at: now().toISOString(), level: 'warn', message })),
    };
    onWrongClock((ahead) => warn(context, `this host's clock is ${formatSeconds(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} AWS's: days, ages and leases are read wrongly by as much. Set it right: turn on NTP`));
    try {
      finished(await work(context));
    } catch (error) {
      // What a call throws because it was aborted is less telling than why it was.
      throw interrupts.signal.aborted && isAbort(error) ? interrupts.signal.reason : error;
    } finally {
      onWrongClock(undefined);
      interrupts.dispose();
      output.close();
    }
  };
}

/** Loaded on first use: most usage errors are found before the configuration, and it brings zod along. */
export async function loadDeploymentOf(flags: Pick<GlobalFlags, 'deployment' | 'config'>, env: Environment, warn?: (message: string) => void): Promise<Deployment> {
  const { loadDeployment } = await import('../config/load.js');
  const deployment = await loadDeployment({ ...(flags.deployment === undefined ? {} : { name: flags.deployment }), ...(flags.config === undefined ? {} : { config: flags.config }) }, env, warn);
  refuseStraySandboxKeys(deployment, env);
  return deployment;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Interrupted' || error.name === 'TimedOut');
}
