/**
 * The sandbox as the command line uses it: start its host process, talk to a running one, clear one away. Errors are
 * plain Error subclasses whose messages say what to do.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectSandbox, SandboxNotRunningError, type SandboxClient } from './client.js';
import type { DeploymentProgress } from './deploy/deployment.js';
import type { HostMessage, HostOptions } from './host/launch-messages.js';
import { lockFolder } from './host/lock.js';

export { connectSandbox, SandboxNotRunningError, SandboxRequestError, type SandboxClient } from './client.js';
export type { Destroyed, Upgraded } from './host/deployments.js';
export { SandboxLockedError } from './host/lock.js';
export type { DeploymentProgress } from './deploy/deployment.js';
export type { FaultRequest, FaultsState, LogLine, OutboxEmail, SandboxFacts, SandboxStatus, UnmodelledEntry } from './host/protocol.js';

export interface LaunchOptions extends Omit<HostOptions, 'attached'> {
  /** True: it goes on after this process ends. False: it ends with it. */
  detached: boolean;
  /** The bundled host; left out, the one beside this bundle. */
  hostEntry?: string;
  onProgress?(progress: DeploymentProgress): void;
  /** Stops the start, and ends what had been started. */
  signal?: AbortSignal;
}

export interface LaunchedSandbox {
  client: SandboxClient;
  /** Resolves when the host process has ended. Only for an attached one: a detached one never does. */
  ended: Promise<void>;
}

/** The host process could not start. `cause` names the error inside it, such as `PortInUseError`. */
export class SandboxStartError extends Error {
  constructor(message: string, readonly hostError?: string) {
    super(message);
    this.name = 'SandboxStartError';
  }
}

/** Starts the host process and resolves when the sandbox is deployed and ready. Throws SandboxStartError. */
export async function launchSandbox(options: LaunchOptions): Promise<LaunchedSandbox> {
  const { detached, hostEntry, onProgress, signal, ...rest } = options;
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const logFile = path.join(options.dir, 'host.log');
  const output = await open(logFile, 'w', 0o600);
  const hostOptions: HostOptions = { ...rest, dir: path.resolve(rest.dir), assembly: path.resolve(rest.assembly), attached: !detached };
  const entry = hostEntry ?? fileURLToPath(new URL('./sandbox-host.mjs', import.meta.url));
  const host = spawn(process.execPath, ['--no-warnings', entry, JSON.stringify(hostOptions)], {
    // A session of its own: Ctrl-C in the terminal reaches only the command, which then stops the sandbox in order.
    detached: true,
    stdio: ['ignore', output.fd, output.fd, 'ipc'],
    env: hostEnvironment(),
  });
  const abandon = (): void => { host.kill('SIGTERM'); };
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    await untilReady(host, logFile, onProgress);
  } finally {
    signal?.removeEventListener('abort', abandon);
    await output.close();
  }
  if (detached) {
    host.disconnect();
    host.unref();
  }
  const ended = new Promise<void>((resolve) => { host.once('exit', () => { resolve(); }); });
  return { client: await connectSandbox(options.dir), ended };
}

/** The operator's AWS settings must not steer what runs inside; everything else (PATH, TMPDIR) may. */
function hostEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

function untilReady(host: ChildProcess, logFile: string, onProgress: LaunchOptions['onProgress']): Promise<void> {
  return new Promise((resolve, reject) => {
    host.on('message', (message: HostMessage) => {
      if (message.type === 'progress') onProgress?.(message.progress);
      else if (message.type === 'ready') resolve();
      else reject(new SandboxStartError(message.message, message.name));
    });
    host.once('error', (error) => { reject(new SandboxStartError(`the sandbox's host process did not start: ${error.message}`)); });
    host.once('exit', (code, signal) => {
      void lastLines(logFile).then((lines) => {
        reject(new SandboxStartError(`the sandbox's host process ended before it was ready (${signal ?? `exit code ${code ?? '?'}`})${lines ? `:\n${lines}` : ''}`));
      });
    });
  });
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}

/** Removes everything that a stopped sandbox left in its folder. Throws SandboxLockedError while one runs. */
export async function resetSandbox(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const release = await lockFolder(dir);
  try {
    const made = ['state.json', 'blobs', 'assets', 'sandbox.json', 'sandbox.log', 'host.log'];
    await Promise.all(made.map((name) => rm(path.join(dir, name), { recursive: true, force: true })));
  } finally {
    await release();
  }
}

/** Stops a running sandbox; false when none runs there. */
export async function stopSandbox(dir: string): Promise<boolean> {
  try {
    await (await connectSandbox(dir)).stop();
    return true;
  } catch (error) {
    if (error instanceof SandboxNotRunningError) return false;
    throw error;
  }
}
