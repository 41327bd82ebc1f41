import path from 'node:path';
import { stateDirectory } from '../config/locations.js';
import { ExitCode, OperatorError, refused, usage } from '../errors.js';
import { connectSandbox, SandboxLockedError, SandboxNotRunningError, SandboxRequestError, SandboxStartError, type SandboxClient } from '../sandbox/index.js';
import type { CommandContext } from './context.js';

/** Where the sandbox of this user keeps its state, unless `--dir` names another place. */
export function sandboxDirectory(context: Pick<CommandContext, 'env'>, dir: string | undefined): string {
  return path.resolve(dir ?? path.join(stateDirectory(context.env), 'sandbox'));
}

export function connectToSandbox(context: Pick<CommandContext, 'env'>, dir: string | undefined): Promise<SandboxClient> {
  return withSandboxErrors(() => connectSandbox(sandboxDirectory(context, dir)));
}

/** The sandbox is a room of its own and throws its own errors; these become the command line's. */
export async function withSandboxErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SandboxNotRunningError) throw new OperatorError('SANDBOX_NOT_RUNNING', `No sandbox is running in ${error.dir}.`, { cause: error, nextSteps: ['Start one: batchctl sandbox start --detach'] });
    if (error instanceof SandboxLockedError) throw refused('SANDBOX_RUNNING', `${sentence(error.message)}`, ['Stop it: batchctl sandbox stop', 'Or use another folder: --dir DIR']);
    if (error instanceof SandboxStartError) throw new OperatorError('SANDBOX_START', sentence(error.message), { cause: error, exitCode: error.hostError === 'SandboxLockedError' ? ExitCode.refused : ExitCode.failed });
    if (error instanceof SandboxRequestError && error.status === 409) throw new OperatorError('SANDBOX_DEPLOYMENT', sentence(error.message), { cause: error, nextSteps: ['What was done by then stands. Correct the templates and deploy again: it goes on from there.'] });
    if (error instanceof SandboxRequestError && error.status === 400) throw usage('USAGE', sentence(error.message), ['See: batchctl sandbox fault --help']);
    if (error instanceof SandboxRequestError) throw new OperatorError('SANDBOX', sentence(error.message), { cause: error });
    throw error;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
