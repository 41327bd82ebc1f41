/**
 * Lambda. Imitated: synchronous and asynchronous invocation, function errors and time-outs, reserved and account
 * concurrency, payload limits, retries, event age and destinations of asynchronous events, resource policies for AWS
 * services, logs, metrics, and environments with the role's credentials. An outage of the Region kills what runs with no
 * result; queued events wait and go on afterwards. Asynchronous events are delivered at least once.
 *
 * Not imitated: layers, container images, event source mappings, provisioned concurrency, function URLs, streaming
 * responses; versions and aliases lead to the newest code. Cold starts cost what a worker thread costs.
 */
import { AwsError, type CallContext, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createRegionGate } from '../compute/region-gate.js';
import { createAsyncQueue, type QueuedEvent } from './async-queue.js';
import { createFunctionRegistry, type RegistrySnapshot } from './functions.js';
import { accountConcurrency, createInvocations } from './invocations.js';
import { allowsService } from './resource-policy.js';
import { lambdaResources } from './resources.js';
import type { FunctionConfiguration, FunctionRuntime } from './runtime.js';

/** Bytes of a payload. Source: Lambda quotas; asynchronous events may have 1 MB since October 2025. */
const maximumPayloadBytes = { RequestResponse: 6_291_456, Event: 1_048_576 } as const;

export interface LambdaOptions {
  /** Probability that an asynchronous event is delivered a second time though nothing failed. */
  duplicateChance?: number;
}

interface InvokeRequest {
  FunctionName: string;
  InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  Payload?: Uint8Array | string;
  /** Said by the sandbox's own services only: the rule, schedule or topic on whose behalf they call. */
  SourceArn?: string;
}

export function createLambda(world: World, runtime: FunctionRuntime, options: LambdaOptions = {}): Service {
  const registry = createFunctionRegistry(world);
  const gate = createRegionGate(world.faults);
  const invocations = createInvocations(world, runtime, registry, gate);
  const queue = createAsyncQueue(world, registry, invocations, gate, { duplicateChance: options.duplicateChance ?? 0 });

  async function invoke(input: InvokeRequest, call: CallContext): Promise<Record<string, unknown>> {
    const fn = registry.find(call.region, input.FunctionName);
    checkService(registry.policy(fn.functionArn), fn, call, input.SourceArn);
    const type = input.InvocationType ?? 'RequestResponse';
    if (type === 'DryRun') return { StatusCode: 204 };
    const payload = payloadText(input.Payload, maximumPayloadBytes[type]);
    if (type === 'Event') {
      queue.accept(fn, payload, call.requestId);
      return { StatusCode: 202 };
    }
    const result = await invocations.run(fn, payload, call.requestId);
    return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: Buffer.from(result.payload), ...(result.failed ? { FunctionError: 'Unhandled' } : {}) };
  }

  const operations = {
    Invoke: invoke,
    GetFunction: async (input: { FunctionName: string }, call: CallContext) => {
      const fn = registry.find(call.region, input.FunctionName);
      const { reservedConcurrency } = fn;
      return { Configuration: wireConfiguration(fn), Code: { RepositoryType: 'S3' }, ...(reservedConcurrency === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }) };
    },
    GetFunctionConfiguration: async (input: { FunctionName: string }, call: CallContext) => wireConfiguration(registry.find(call.region, input.FunctionName)),
    GetFunctionConcurrency: async (input: { FunctionName: string }, call: CallContext) => {
      const { reservedConcurrency } = registry.find(call.region, input.FunctionName);
      return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
    },
    PutFunctionConcurrency: async (input: { FunctionName: string; ReservedConcurrentExecutions: number }, call: CallContext) => {
      registry.put({ ...registry.find(call.region, input.FunctionName), reservedConcurrency: input.ReservedConcurrentExecutions });
      return { ReservedConcurrentExecutions: input.ReservedConcurrentExecutions };
    },
    DeleteFunctionConcurrency: async (input: { FunctionName: string }, call: CallContext) => {
      const { reservedConcurrency: _, ...rest } = registry.find(call.region, input.FunctionName);
      registry.put(rest);
      return {};
    },
    ListFunctions: async (_input: unknown, call: CallContext) => ({ Functions: registry.list(call.region).map(wireConfiguration) }),
    GetPolicy: async (input: { FunctionName: string }, call: CallContext) => {
      const statements = registry.policy(registry.find(call.region, input.FunctionName).functionArn);
      if (statements.length === 0) throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
      return { Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }), RevisionId: '1' };
    },
    GetAccountSettings: async (_input: unknown, call: CallContext) => ({
      AccountLimit: { TotalCodeSize: 80_530_636_800, CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800, ConcurrentExecutions: accountConcurrency, UnreservedConcurrentExecutions: accountConcurrency - registry.reserved(call.region) },
      AccountUsage: { TotalCodeSize: 0, FunctionCount: registry.list(call.region).length },
    }),
  };

  return {
    name: 'lambda',
    operations,
    permissions: (operation, input, call) => permissions(world, registry, operation, input as { FunctionName?: string; SourceArn?: string }, call),
    resources: lambdaResources(world, registry),
    snapshot: () => ({ registry: registry.snapshot(), queue: queue.events().map((event) => ({ ...event })) }),
    restore(state: { registry: RegistrySnapshot; queue: QueuedEvent[] }) {
      registry.restore(state.registry);
      queue.restore(state.queue);
    },
    start: () => queue.resume(),
    stop() {
      // The runtime belongs to whoever made it, and may serve the next world.
      queue.stop();
      gate.close();
      invocations.stop();
    },
    inspect: () => ({ queuedEvents: queue.events().map(({ functionName, region, failures, dueAt }) => ({ functionName, region, failures, dueAt: new Date(dueAt).toISOString() })) }),
  };
}

/** CloudFormation calls functions of custom resources as the one who deploys, so no statement names it. */
function checkService(policy: Parameters<typeof allowsService>[0], fn: FunctionConfiguration, call: CallContext, sourceArn: string | undefined): void {
  const service = /^service:(.+)$/.exec(call.principal.arn)?.[1];
  if (service === undefined || service === 'cloudformation.amazonaws.com' || allowsService(policy, service, sourceArn)) return;
  throw new AwsError('AccessDeniedException', `${service} is not authorized to perform: lambda:InvokeFunction on resource: ${fn.functionArn} because no resource-based policy allows the lambda:InvokeFunction action`, { status: 403 });
}

function payloadText(payload: Uint8Array | string | undefined, maximumBytes: number): string {
  if (payload === undefined || payload.length === 0) return '{}';
  const bytes = Buffer.from(payload as Uint8Array);
  if (bytes.length > maximumBytes) throw new AwsError('RequestTooLargeException', `Request must be smaller than ${maximumBytes} bytes for the InvokeFunction operation`, { status: 413, members: { Type: 'User' } });
  const text = bytes.toString();
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json', { members: { Type: 'User' } });
  }
}

function wireConfiguration(fn: FunctionConfiguration): Record<string, unknown> {
  return {
    FunctionName: fn.functionName,
    FunctionArn: fn.functionArn,
    Runtime: fn.runtime,
    Role: fn.roleArn,
    Handler: fn.handler,
    Description: fn.description,
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMegabytes,
    LastModified: new Date(fn.lastModified).toISOString().replace('Z', '+0000'),
    CodeSha256: Buffer.from(fn.revision).toString('base64'),
    CodeSize: 0,
    Version: '$LATEST',
    Environment: { Variables: fn.environment },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['arm64'],
    LoggingConfig: { LogFormat: 'Text', LogGroup: fn.logGroup },
    ...(fn.deadLetterTargetArn === undefined ? {} : { DeadLetterConfig: { TargetArn: fn.deadLetterTargetArn } }),
  };
}

function permissions(world: World, registry: ReturnType<typeof createFunctionRegistry>, operation: string, input: { FunctionName?: string; SourceArn?: string }, call: CallContext): RequiredPermission[] {
  const action = `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation}`;
  if (input.FunctionName === undefined) return [{ action, resource: '*' }];
  // A function that is not there is named all the same: IAM answers before Lambda does.
  const name = input.FunctionName.split(':function:').at(-1) ?? input.FunctionName;
  const resource = `arn:${world.partition}:lambda:${call.region}:${world.account}:function:${name}`;
  const Statement = registry.policy(resource);
  const context = input.SourceArn === undefined ? {} : { context: { 'aws:SourceArn': input.SourceArn } };
  return [{ action, resource, ...context, ...(Statement.length > 0 ? { resourcePolicy: { Version: '2012-10-17', Statement } } : {}) }];
}
