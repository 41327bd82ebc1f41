import { mayWriteLogs } from '../../iam/role-checks.js';
import { AwsError } from '../../service.js';
import { NoAnswer, type World } from '../../world.js';
import type { RegionGate } from '../compute/region-gate.js';
import type { LogsService } from '../logs/service.js';
import type { FunctionRegistry } from './functions.js';
import type { FunctionConfiguration, FunctionRuntime, InvocationOutcome } from './runtime.js';

/** Functions of a Region that run at once. Source: Lambda quotas. */
export const accountConcurrency = 1_000;
/** Of a response. Source: Lambda quotas. */
const maximumResponseBytes = 6_291_556;
/** Credentials are renewed this long before they expire. */
const renewalMarginMs = 15 * 60_000;

export interface InvocationResult {
  payload: string;
  failed: boolean;
}

export interface Invocations {
  /**
   * Runs a function once. Throws TooManyRequestsException when it has no concurrency left, and NoAnswer when its Region
   * went down meanwhile: then nobody knows what the code did.
   */
  run(fn: FunctionConfiguration, payload: string, requestId: string): Promise<InvocationResult>;
  /** Kills what runs; whoever waits for it gets NoAnswer. */
  stop(): void;
}

export function createInvocations(world: World, runtime: FunctionRuntime, registry: FunctionRegistry, gate: RegionGate): Invocations {
  const running = new Map<string, number>();
  const kills = new Map<string, Set<AbortController>>();
  const environments = new Map<string, { revision: string; expiresAt: number; variables: Record<string, string> }>();
  gate.onOutage((region) => {
    for (const kill of kills.get(region) ?? []) kill.abort();
  });

  function takeConcurrency(fn: FunctionConfiguration): void {
    const own = running.get(fn.functionArn) ?? 0;
    const reserved = fn.reservedConcurrency;
    const unreserved = registry.list(fn.region).reduce((sum, other) => sum + (other.reservedConcurrency === undefined ? (running.get(other.functionArn) ?? 0) : 0), 0);
    const full = reserved === undefined ? unreserved >= accountConcurrency - registry.reserved(fn.region) : own >= reserved;
    if (full) {
      metric(fn, 'Throttles', 1, 'Count');
      const Reason = reserved === undefined ? 'ConcurrentInvocationLimitExceeded' : 'ReservedFunctionConcurrentInvocationLimitExceeded';
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429, fault: 'client', members: { Reason, Type: 'User' } });
    }
    running.set(fn.functionArn, own + 1);
  }

  function metric(fn: FunctionConfiguration, name: string, value: number, unit: string): void {
    world.recordMetric(fn.region, { namespace: 'AWS/Lambda', name, value, unit, dimensions: { FunctionName: fn.functionName } });
  }

  function environmentOf(fn: FunctionConfiguration): Record<string, string> {
    const known = environments.get(fn.functionArn);
    if (known && known.revision === fn.revision && known.expiresAt - world.clock.now() > renewalMarginMs) return known.variables;
    const credentials = world.credentialsFor(fn.roleArn, fn.region);
    const variables = {
      ...fn.environment,
      AWS_REGION: fn.region,
      AWS_DEFAULT_REGION: fn.region,
      AWS_LAMBDA_FUNCTION_NAME: fn.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
      AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
      AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      TZ: ':UTC',
    };
    environments.set(fn.functionArn, { revision: fn.revision, expiresAt: credentials.expiresAt, variables });
    return variables;
  }

  async function run(fn: FunctionConfiguration, payload: string, requestId: string): Promise<InvocationResult> {
    if (!gate.isOpen(fn.region)) throw new NoAnswer('reset');
    takeConcurrency(fn);
    const kill = new AbortController();
    const regionKills = kills.get(fn.region) ?? new Set();
    kills.set(fn.region, regionKills.add(kill));
    const log = logOf(world, fn);
    const startedAt = world.clock.now();
    metric(fn, 'ConcurrentExecutions', running.get(fn.functionArn) ?? 1, 'Count');
    log(`START RequestId: ${requestId} Version: $LATEST`);
    try {
      const outcome = await runtime.invoke(fn, payload, { requestId, timeoutMs: fn.timeoutSeconds * 1000, signal: kill.signal, environment: environmentOf(fn), log });
      if (outcome.kind === 'killed') throw new NoAnswer('reset');
      const result = resultOf(fn, outcome, requestId, new Date(world.clock.now()));
      const durationMs = world.clock.now() - startedAt;
      if (result.failed) log(`${requestId} ERROR ${result.payload}`);
      log(`END RequestId: ${requestId}`);
      log(`REPORT RequestId: ${requestId} Duration: ${durationMs.toFixed(2)} ms Memory Size: ${fn.memoryMegabytes} MB`);
      metric(fn, 'Invocations', 1, 'Count');
      metric(fn, 'Errors', result.failed ? 1 : 0, 'Count');
      metric(fn, 'Duration', durationMs, 'Milliseconds');
      return result;
    } finally {
      regionKills.delete(kill);
      running.set(fn.functionArn, (running.get(fn.functionArn) ?? 1) - 1);
    }
  }

  return {
    run,
    stop() {
      for (const kill of [...kills.values()].flatMap((region) => [...region])) kill.abort();
    },
  };
}

/** The shapes that callers see of a handler's exception, a time-out and a response that is too long. */
function resultOf(fn: FunctionConfiguration, outcome: Exclude<InvocationOutcome, { kind: 'killed' }>, requestId: string, now: Date): InvocationResult {
  if (outcome.kind === 'returned' && Buffer.byteLength(outcome.payload) <= maximumResponseBytes) return { payload: outcome.payload, failed: false };
  if (outcome.kind === 'failed') return { payload: JSON.stringify(outcome.error), failed: true };
  const error = outcome.kind === 'timeout'
    ? { errorType: 'Sandbox.Timedout', errorMessage: `${now.toISOString()} ${requestId} Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds` }
    : { errorType: 'Function.ResponseSizeTooLarge', errorMessage: `Response payload size exceeded maximum allowed payload size (${maximumResponseBytes} bytes).` };
  return { payload: JSON.stringify(error), failed: true };
}

function logOf(world: World, fn: FunctionConfiguration): (line: string) => void {
  const logs = world.service('logs') as LogsService;
  const day = new Date(world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  const stream = `${day}/[$LATEST]${fn.revision.slice(0, 32)}`;
  // With its log go the metrics that it writes there.
  if (!mayWriteLogs(world, fn.roleArn, fn.region, fn.logGroup, stream)) return () => undefined;
  return (line) => logs.append(fn.region, fn.logGroup, stream, line);
}
