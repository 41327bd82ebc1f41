import { build as buildCanary } from '../../../infra/functions/canary.js';
import { build as buildCommit } from '../../../infra/functions/commit.js';
import { build as buildFail } from '../../../infra/functions/fail.js';
import { build as buildIngest } from '../../../infra/functions/ingest.js';
import { build as buildMerge } from '../../../infra/functions/merge.js';
import { build as buildNotify } from '../../../infra/functions/notify.js';
import { build as buildObserve } from '../../../infra/functions/observe.js';
import { build as buildOperate } from '../../../infra/functions/operate.js';
import { build as buildProcessPart } from '../../../infra/functions/process-part.js';
import { build as buildSplit } from '../../../infra/functions/split.js';
import { build as buildSweep } from '../../../infra/functions/sweep.js';
import type { BuildOptions } from '../../../infra/pipeline/runtime.js';
import type { Random } from '../../../src/sandbox/random.js';
import { createInProcessRuntime, type FunctionContext, type InProcessHandler as FunctionCode } from '../../../src/sandbox/services/lambda/in-process-runtime.js';
import type { FunctionRuntime } from '../../../src/sandbox/services/lambda/runtime.js';
import type { InProcessHandler } from '../../../src/sandbox/in-process-handler.js';
import type { SandboxClock } from '../../../src/sandbox/clock.js';
import type { World } from '../../../src/sandbox/world.js';
import { chance } from './dice.js';
import { createConnection, type Caller, type NetworkOptions } from './network.js';

type Handler = (event: never, context?: FunctionContext) => Promise<unknown>;
type Build = (environment: Record<string, string>, options: BuildOptions) => Handler;

/** The real handlers, by the function's name without the deployment's prefix. */
const builds: Record<string, Build> = {
  canary: buildCanary as Build,
  commit: buildCommit as Build,
  fail: buildFail as Build,
  ingest: buildIngest as Build,
  merge: buildMerge as Build,
  notify: buildNotify as Build,
  observe: buildObserve as Build,
  operate: buildOperate as Build,
  'process-part': buildProcessPart as Build,
  split: buildSplit as Build,
  sweep: buildSweep as Build,
};

export interface FunctionsOptions {
  app: string;
  world: () => World;
  clock: SandboxClock;
  network: NetworkOptions;
  dice: (purpose: string) => Random;
  /** Chance that an invocation dies before one of its first calls. */
  killChance: () => number;
  /** Small parts, so that small files have many. */
  environment: Record<string, string>;
  onLine: (line: string) => void;
  /** Code that is not the pipeline's own, such as the custom resources'. */
  others?: Record<string, FunctionCode>;
}

/** One execution environment: built once, used by one invocation after the other, as Lambda does, and no longer than its credentials. */
interface Container {
  sessionToken: string | undefined;
  handler: Handler;
  serve(invocation: Invocation): void;
}

interface Invocation extends Caller {
  die(): void;
  died: Promise<never>;
}

/** Every function of both Regions, run in this process by the real handlers on a network that loses things. */
export function createFunctions(options: FunctionsOptions): FunctionRuntime {
  const free = new Map<string, Container[]>();

  function runWith(name: string, build: Build): FunctionCode {
    const dice = options.dice(`function ${name}`);
    return async (event, context, environment, killed) => {
      const pool = free.get(context.invokedFunctionArn) ?? [];
      free.set(context.invokedFunctionArn, pool);
      const idle = pool.pop();
      const container = idle && idle.sessionToken === environment['AWS_SESSION_TOKEN'] ? idle : start(build, environment, options, options.dice(`${context.invokedFunctionArn} ${context.awsRequestId}`));
      const invocation = invocationOf(name, killed as AbortSignal, chance(dice, options.killChance()) ? 1 + dice.below(8) : undefined);
      container.serve(invocation);
      const result = await Promise.race([container.handler(event as never, context), invocation.died]);
      if (!invocation.dead) pool.push(container);
      return result;
    };
  }

  return createInProcessRuntime({
    world: options.world,
    handlers: { ...Object.fromEntries(Object.entries(builds).map(([name, build]) => [`${options.app}-${name}`, runWith(name, build)])), ...options.others },
    // The runtime hands this on as it is; the signal is all that an invocation needs.
    requestHandler: (_fn, killed) => killed,
  });
}

function start(build: Build, environment: Readonly<Record<string, string>>, options: FunctionsOptions, dice: Random): Container {
  let current: Invocation | undefined;
  const caller: Caller = {
    name: environment['AWS_LAMBDA_FUNCTION_NAME'] ?? 'function',
    get dead() { return current?.dead ?? true; },
    beforeRequest: (request) => current?.beforeRequest?.(request),
    afterRequest: (request) => current?.afterRequest?.(request),
  };
  const requestHandler: InProcessHandler = createConnection(options.network, caller, dice);
  const handler = build({ ...environment, ...options.environment }, {
    requestHandler,
    clock: { now: () => new Date(options.clock.now()), sleep: (milliseconds, signal) => options.clock.sleep(milliseconds, signal) },
    credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '', sessionToken: environment['AWS_SESSION_TOKEN'] ?? '' },
    random: () => dice.next(),
    write: options.onLine,
  });
  return { handler, sessionToken: environment['AWS_SESSION_TOKEN'], serve: (invocation) => { current = invocation; } };
}

/** Dies when the runtime kills it, or at its `dieAtCall`th step of a call. Its code then waits for ever, unheard. */
function invocationOf(name: string, killed: AbortSignal, dieAtCall: number | undefined): Invocation {
  let steps = 0;
  let dead = killed.aborted;
  let die: () => void = () => undefined;
  const died = new Promise<never>((_resolve, reject) => {
    die = () => {
      dead = true;
      reject(Object.assign(new Error('RequestId: Error: Runtime exited with error: signal: killed'), { name: 'Runtime.ExitError' }));
    };
  });
  died.catch(() => undefined);
  killed.addEventListener('abort', () => { dead = true; }, { once: true });
  const step = (): void => {
    steps += 1;
    if (steps === dieAtCall) die();
  };
  return { name, get dead() { return dead; }, die, died, beforeRequest: step, afterRequest: step };
}
