/**
 * The inside of a function's worker thread: redirects AWS host names to the sandbox, loads the handler's module once and
 * runs one invocation at a time. Bundled to `function-worker.mjs`. It runs in real time, like the code that it hosts.
 */
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { installConnectTo } from '../../host/connect-to.js';
import type { WorkerData, WorkerNote, WorkerResult, WorkerTask } from './worker-messages.js';

type Handler = (event: unknown, context: unknown) => unknown;

/** So much nicer than the thread that answers for the services: AWS's do not answer later because one's functions are busy. */
const niceness = 5;

const own = readWorkerData();
yieldToServices();
let requestId = '';
captureConsole();
installConnectTo(JSON.parse(process.env['SANDBOX_CONNECT_TO'] ?? '[]') as Parameters<typeof installConnectTo>[0]);
let loading: Promise<Handler> | undefined;

export async function runInvocation(task: WorkerTask): Promise<WorkerResult> {
  requestId = task.requestId;
  let deadline = Date.now() + task.timeoutMs;
  const context = {
    awsRequestId: task.requestId,
    functionName: own.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: own.functionArn,
    memoryLimitInMB: String(own.memoryMegabytes),
    logGroupName: `/aws/lambda/${own.functionName}`,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    loading ??= loadHandler();
    const handler = await loading;
    note({ requestId, kind: 'begun' });
    deadline = Date.now() + task.timeoutMs;
    return { payload: JSON.stringify((await handler(JSON.parse(task.payload), context)) ?? null) };
  } catch (problem) {
    const failure = problem instanceof Error ? problem : new Error(String(problem));
    return { error: { errorType: failure.name, errorMessage: failure.message, trace: (failure.stack ?? '').split('\n') } };
  } finally {
    note({ requestId, kind: 'ended' });
  }
}

function note(message: WorkerNote): void {
  parentPort?.postMessage(message);
}

async function loadHandler(): Promise<Handler> {
  const module = (await import(pathToFileURL(path.resolve(own.modulePath)).href)) as Record<string, unknown>;
  const handler = module[own.exportName];
  if (typeof handler === 'function') return handler as Handler;
  const missing = new Error(`${path.basename(own.modulePath)} has no function named ${own.exportName}`);
  missing.name = 'Runtime.HandlerNotFound';
  throw missing;
}

/** Linux alone gives each thread a niceness of its own; elsewhere it would be the whole process's. */
function yieldToServices(): void {
  if (process.platform !== 'linux') return;
  try {
    os.setPriority(0, Math.min(os.constants.priority.PRIORITY_LOW, os.getPriority(0) + niceness));
  } catch {
    // A container may forbid it; functions run as well without.
  }
}

/** Piscina wraps what the pool was given together with its own. */
function readWorkerData(): WorkerData {
  const data = workerData as WorkerData | [unknown, WorkerData];
  return Array.isArray(data) ? data[1] : data;
}

/** Whole lines go to the sandbox, whether they come through console or through process.stdout. */
function captureConsole(): void {
  const send = (line: string): void => note({ requestId, kind: 'line', line });
  for (const level of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) {
    console[level] = (...parts: unknown[]) => send(format(...parts));
  }
  for (const stream of [process.stdout, process.stderr]) {
    let rest = '';
    stream.write = (chunk: Uint8Array | string): boolean => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) send(line);
      return true;
    };
  }
}
