import { createMemoryBlobs } from '../../../../src/sandbox/blobs-memory.js';
import { createFaults } from '../../../../src/sandbox/faults.js';
import { seededRandom } from '../../../../src/sandbox/random.js';
import { AwsError, type CallContext, type Principal, type Service } from '../../../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../../../src/sandbox/virtual-clock.js';
import { NoAnswer, type BusEvent, type MetricDatum, type World } from '../../../../src/sandbox/world.js';

export const account = '111122223333';
export const region = 'us-east-1';
export const roleArn = `arn:aws:iam::${account}:role/runner`;

/** What was called, on whose behalf. */
export interface SeenCall {
  service: string;
  operation: string;
  input: unknown;
  principal: Principal;
}

export interface TestWorld extends World {
  clock: VirtualClock;
  register(service: Service): void;
  calls: SeenCall[];
  metrics: (MetricDatum & { region: string })[];
  events: (BusEvent & { region: string })[];
  lines: string[];
  /** A call by the operator, as the wire would make it. */
  ask<Output = Record<string, unknown>>(service: string, operation: string, input: unknown, at?: string): Promise<Output>;
}

/** Services look at the roles that they are handed; in these tests every role will do. */
const trustingIam = { name: 'iam', operations: {}, permissions: () => [], permits: () => true, canBeAssumedBy: () => true } as Service;

/** The doors between services, without wire and IAM: reachability as in the world, everything else recorded. */
export function createTestWorld(options: { quotas?: 'on' | 'off'; seed?: number; startAt?: number } = {}): TestWorld {
  const services = new Map<string, Service>([['iam', trustingIam]]);
  const faults = createFaults();
  const random = seededRandom(options.seed ?? 1);
  const clock = createVirtualClock({ startAt: options.startAt ?? Date.UTC(2026, 0, 1) });
  const service = (name: string): Service => {
    const found = services.get(name);
    if (!found) throw new Error(`no service ${name} in this test`);
    return found;
  };
  const run = async <Output>(name: string, operation: string, input: unknown, at: string, principal: Principal): Promise<Output> => {
    if (!faults.reachable(principal.origin, at)) throw new NoAnswer(faults.region(at) === 'down' ? 'refused' : 'blackhole');
    const handler = service(name).operations[operation];
    if (!handler) throw new AwsError('UnknownOperationException', `${name} has no ${operation}`);
    const call: CallContext = { region: at, principal, requestId: random.uuid(), signal: new AbortController().signal, domain: `region:${at}` };
    return (await handler(input, call)) as Output;
  };
  const world: TestWorld = {
    clock,
    random,
    account,
    partition: 'aws',
    faults,
    blobs: createMemoryBlobs(),
    quotas: options.quotas ?? 'off',
    latency: 'off',
    calls: [],
    metrics: [],
    events: [],
    lines: [],
    service,
    register: (added) => { services.set(added.name, added); },
    call: (name, operation, input, from) => {
      world.calls.push({ service: name, operation, input, principal: from.principal });
      return run(name, operation, input, from.region, from.principal);
    },
    ask: (name, operation, input, at = region) => run(name, operation, input, at, { arn: `arn:aws:iam::${account}:user/operator`, origin: 'operator' }),
    handle: () => Promise.reject(new Error('there is no wire in this test')),
    publish: (at, event) => { world.events.push({ ...event, region: at }); },
    recordMetric: (at, metric) => { world.metrics.push({ ...metric, region: at }); },
    credentialsFor: () => ({ accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token', expiresAt: clock.now() + 3_600_000 }),
    log: (at, source, line) => { world.lines.push(`${at} ${source} ${line}`); },
    changed: () => undefined,
  };
  return world;
}

export type Answer = (input: Record<string, unknown>, call: CallContext) => unknown;

/** A service of a few answers, for what the part under test calls. Answers may be promises and may throw. */
export function answering(name: string, answers: Record<string, Answer>): Service {
  return {
    name,
    operations: Object.fromEntries(Object.entries(answers).map(([operation, answer]) => [operation, async (input: Record<string, unknown>, call: CallContext) => answer(input, call)])),
    permissions: () => [],
  };
}

/** Lambda as callers see it: a plain function by name, whose exceptions become function errors. */
export function lambdaAnswering(functions: Record<string, (payload: never) => unknown>): Service {
  return answering('lambda', {
    Invoke: async (input) => {
      const name = String(input['FunctionName']).split(':').at(-1) ?? '';
      const handler = functions[name];
      if (!handler) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, { status: 404 });
      try {
        const result = await handler(JSON.parse(Buffer.from(input['Payload'] as Uint8Array).toString()) as never);
        return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: Buffer.from(JSON.stringify(result ?? null)) };
      } catch (problem) {
        if (problem instanceof AwsError || problem instanceof NoAnswer) throw problem;
        const { name: errorType, message: errorMessage } = problem as Error;
        return { StatusCode: 200, ExecutedVersion: '$LATEST', FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorType, errorMessage, trace: [] })) };
      }
    },
  });
}
