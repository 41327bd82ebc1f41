import type { World } from '../../world.js';
import { functionErrorOf, type FunctionConfiguration, type FunctionRuntime, type InvocationOptions, type InvocationOutcome } from './runtime.js';

export interface FunctionContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/**
 * `requestHandler` is what the handler gives its SDK clients. The variables are passed and not set on the process,
 * because functions of both Regions run at once.
 */
export type InProcessHandler = (
  event: unknown,
  context: FunctionContext,
  environment: Readonly<Record<string, string>>,
  requestHandler: unknown,
  log: (line: string) => void,
) => Promise<unknown>;

export interface InProcessOptions {
  /** By function name; the same code serves every Region. */
  handlers: Record<string, InProcessHandler>;
  /** Read when a function is first run, so that the world may be made after its runtime. */
  world: () => Pick<World, 'clock'>;
  /** Makes what the invocation's SDK clients send through; it should refuse once `killed` is aborted. */
  requestHandler?: (fn: FunctionConfiguration, killed: AbortSignal) => unknown;
}

/**
 * Runs handlers as plain functions on the world's clock, for simulation. Code cannot be killed from outside here: when
 * an invocation times out or its Region goes down, nobody waits for it any more and its request handler is told.
 */
export function createInProcessRuntime(options: InProcessOptions): FunctionRuntime {
  const running = new Set<() => void>();

  async function invoke(fn: FunctionConfiguration, payload: string, invocation: InvocationOptions): Promise<InvocationOutcome> {
    const handler = options.handlers[fn.functionName];
    if (!handler) return { kind: 'failed', error: { errorType: 'Runtime.ImportModuleError', errorMessage: `no handler for ${fn.functionName}`, trace: [] } };
    const { clock } = options.world();
    const killed = new AbortController();
    const deadline = clock.now() + invocation.timeoutMs;
    const context = contextOf(fn, invocation.requestId, () => Math.max(0, deadline - clock.now()));
    return new Promise((resolve) => {
      const settle = (outcome: InvocationOutcome): void => {
        cancelTimeout();
        running.delete(kill);
        invocation.signal.removeEventListener('abort', kill);
        if (outcome.kind === 'timeout' || outcome.kind === 'killed') killed.abort(new Error(`the invocation was ${outcome.kind}`));
        resolve(outcome);
      };
      const kill = (): void => settle({ kind: 'killed' });
      const cancelTimeout = clock.after(invocation.timeoutMs, () => settle({ kind: 'timeout' }));
      running.add(kill);
      if (invocation.signal.aborted) return kill();
      invocation.signal.addEventListener('abort', kill);
      runHandler(handler, payload, context, invocation, options.requestHandler?.(fn, killed.signal)).then(settle, (problem: unknown) => settle({ kind: 'failed', error: functionErrorOf(problem) }));
    });
  }

  return {
    invoke,
    stop: async () => {
      for (const kill of [...running]) kill();
    },
  };
}

async function runHandler(handler: InProcessHandler, payload: string, context: FunctionContext, invocation: InvocationOptions, requestHandler: unknown): Promise<InvocationOutcome> {
  const result = await handler(JSON.parse(payload), context, invocation.environment, requestHandler, invocation.log);
  return { kind: 'returned', payload: JSON.stringify(result ?? null) };
}

function contextOf(fn: FunctionConfiguration, awsRequestId: string, remaining: () => number): FunctionContext {
  return {
    awsRequestId,
    functionName: fn.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: fn.functionArn,
    memoryLimitInMB: String(fn.memoryMegabytes),
    getRemainingTimeInMillis: remaining,
  };
}
