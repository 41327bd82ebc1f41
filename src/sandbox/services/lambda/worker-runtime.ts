import os from 'node:os';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { Piscina } from 'piscina';
import { functionErrorOf, type FunctionConfiguration, type FunctionRuntime, type InvocationOptions, type InvocationOutcome } from './runtime.js';
import type { WorkerData, WorkerNote, WorkerResult, WorkerTask } from './worker-messages.js';

export interface WorkerRuntimeOptions {
  /** The bundled `function-worker.mjs`. */
  workerFile: string;
  /** Where functions dial the sandbox: rules for `installConnectTo`. Asked when a function's first worker starts. */
  connectTo: () => readonly { host: string; port: number }[];
  /** Worker threads of one function at most; further invocations wait for a thread before their time begins. */
  threadsPerFunction?: number;
  /** Threads that have nothing to do are ended after this time. */
  idleTimeoutMs?: number;
}

/** What loading a handler's module may take; the invocation's own time begins afterwards. Source: Lambda's init phase. */
const initialisationMs = 10_000;

/**
 * Each thread loads the function's module anew, a quarter of a second of a core: more of them than cores cost more than they
 * bring. Two at least, so that one invocation that hangs does not hold up all.
 */
const defaultThreads = Math.min(4, Math.max(2, os.availableParallelism()));

/** A function's threads for one revision and one set of credentials. */
interface Pool {
  piscina: Piscina;
  revision: string;
  environment: Readonly<Record<string, string>>;
  free: number;
  waiting: (() => void)[];
  running: number;
  /** By request: who hears what the worker says of it. */
  listeners: Map<string, (note: WorkerNote) => void>;
  retired: boolean;
}

/**
 * Runs functions in worker threads, each function with threads and an environment of its own, as Lambda's execution
 * environments: modules stay loaded between invocations, a time-out or a kill ends the thread. Code runs in real time,
 * whatever the speed of the world's clock; so time-outs are measured in real time too.
 */
export function createWorkerRuntime(options: WorkerRuntimeOptions): FunctionRuntime {
  const threads = options.threadsPerFunction ?? defaultThreads;
  const pools = new Map<string, Pool>();
  const stopping = new AbortController();

  function poolFor(fn: FunctionConfiguration, environment: Pool['environment']): Pool {
    const current = pools.get(fn.functionArn);
    if (current && current.revision === fn.revision && current.environment === environment) return current;
    if (current) retire(current);
    const listeners: Pool['listeners'] = new Map();
    const piscina = new Piscina({
      filename: options.workerFile,
      name: 'runInvocation',
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: options.idleTimeoutMs ?? 60_000,
      env: { ...environment, SANDBOX_CONNECT_TO: JSON.stringify(options.connectTo()) },
      workerData: workerDataOf(fn),
      execArgv: ['--no-warnings'],
      resourceLimits: { maxOldGenerationSizeMb: Math.max(128, fn.memoryMegabytes) },
    });
    piscina.on('message', (note: WorkerNote) => listeners.get(note.requestId)?.(note));
    // A worker that dies takes its task's promise with it; the pool itself only reports.
    piscina.on('error', () => undefined);
    const pool: Pool = { piscina, revision: fn.revision, environment, free: threads, waiting: [], running: 0, listeners, retired: false };
    pools.set(fn.functionArn, pool);
    return pool;
  }

  async function invoke(fn: FunctionConfiguration, payload: string, invocation: InvocationOptions): Promise<InvocationOutcome> {
    const pool = poolFor(fn, invocation.environment);
    pool.running += 1;
    try {
      await takeThread(pool);
      return await runIn(pool, payload, invocation, AbortSignal.any([invocation.signal, stopping.signal]));
    } finally {
      giveBack(pool);
      pool.running -= 1;
      if (pool.retired && pool.running === 0) void pool.piscina.destroy();
    }
  }

  return {
    invoke,
    async stop() {
      stopping.abort();
      await Promise.all([...pools.values()].map((pool) => pool.piscina.destroy()));
      pools.clear();
    },
  };
}

/** Lets what runs finish, as Lambda does when code or credentials change. */
function retire(pool: Pool): void {
  pool.retired = true;
  if (pool.running === 0) void pool.piscina.destroy();
}

async function takeThread(pool: Pool): Promise<void> {
  if (pool.free > 0) pool.free -= 1;
  else await new Promise<void>((resolve) => pool.waiting.push(resolve));
}

function giveBack(pool: Pool): void {
  const next = pool.waiting.shift();
  if (next) next();
  else pool.free += 1;
}

async function runIn(pool: Pool, payload: string, invocation: InvocationOptions, killed: AbortSignal): Promise<InvocationOutcome> {
  if (killed.aborted) return { kind: 'killed' };
  const { requestId, timeoutMs } = invocation;
  const overdue = new AbortController();
  let timer = setTimeout(() => overdue.abort(), initialisationMs);
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => { end = resolve; });
  pool.listeners.set(requestId, (note) => {
    if (note.kind === 'line') invocation.log(note.line);
    else if (note.kind === 'ended') end();
    else {
      clearTimeout(timer);
      timer = setTimeout(() => overdue.abort(), timeoutMs);
    }
  });
  try {
    const task: WorkerTask = { requestId, payload, timeoutMs };
    const result = (await pool.piscina.run(task, { signal: AbortSignal.any([killed, overdue.signal]) })) as WorkerResult;
    await ended;
    return 'payload' in result ? { kind: 'returned', payload: result.payload } : { kind: 'failed', error: result.error };
  } catch (problem) {
    if (overdue.signal.aborted) return { kind: 'timeout' };
    if (killed.aborted) return { kind: 'killed' };
    // The thread ended under the code: process.exit, or more memory than the function has.
    return { kind: 'failed', error: { ...functionErrorOf(problem), errorType: 'Runtime.ExitError' } };
  } finally {
    clearTimeout(timer);
    pool.listeners.delete(requestId);
  }
}

function workerDataOf(fn: FunctionConfiguration): WorkerData {
  const dot = fn.handler.lastIndexOf('.');
  const stem = path.join(fn.codeFolder, fn.handler.slice(0, dot));
  const modulePath = ['.mjs', '.js', '.cjs'].map((extension) => `${stem}${extension}`).find((candidate) => existsSync(candidate)) ?? `${stem}.mjs`;
  return { modulePath, exportName: fn.handler.slice(dot + 1), functionName: fn.functionName, functionArn: fn.functionArn, memoryMegabytes: fn.memoryMegabytes };
}
