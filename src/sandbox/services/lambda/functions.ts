import { AwsError, type PolicyStatement } from '../../service.js';
import type { World } from '../../world.js';
import type { FunctionConfiguration } from './runtime.js';

/** How a function's asynchronous invocations are retried. Source: Lambda developer guide, "Error handling, async". */
export interface EventInvokeConfiguration {
  maximumRetryAttempts: number;
  maximumEventAgeSeconds: number;
  onFailure?: string;
  onSuccess?: string;
}

export const defaultEventInvoke: EventInvokeConfiguration = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** The functions of all Regions with what hangs on them: resource policies and asynchronous settings. */
export interface FunctionRegistry {
  put(fn: FunctionConfiguration): void;
  remove(functionArn: string): void;
  /** By name, partial ARN or ARN, with or without a qualifier. Throws ResourceNotFoundException. */
  find(region: string, name: string): FunctionConfiguration;
  list(region: string): FunctionConfiguration[];
  /** What the Region's other functions have reserved of the account's concurrency. */
  reserved(region: string): number;
  allow(functionArn: string, statement: PolicyStatement): void;
  disallow(sid: string): void;
  policy(functionArn: string): PolicyStatement[];
  eventInvoke(functionArn: string): EventInvokeConfiguration;
  setEventInvoke(functionArn: string, configuration: EventInvokeConfiguration): void;
  forgetEventInvoke(region: string, name: string): void;
  snapshot(): RegistrySnapshot;
  restore(state: RegistrySnapshot): void;
}

export interface RegistrySnapshot {
  functions: FunctionConfiguration[];
  policies: Record<string, PolicyStatement[]>;
  eventInvoke: Record<string, EventInvokeConfiguration>;
}

export function createFunctionRegistry(world: World): FunctionRegistry {
  const functions = new Map<string, FunctionConfiguration>();
  let policies: RegistrySnapshot['policies'] = {};
  let eventInvoke: RegistrySnapshot['eventInvoke'] = {};
  const arnOf = (region: string, name: string): string => {
    const simple = /(?:^|:function:)([A-Za-z0-9-_]+)(?::[A-Za-z0-9$_-]+)?$/.exec(name)?.[1] ?? name;
    return `arn:${world.partition}:lambda:${region}:${world.account}:function:${simple}`;
  };
  return {
    put(fn) {
      functions.set(fn.functionArn, fn);
      world.changed();
    },
    remove(functionArn) {
      functions.delete(functionArn);
      world.changed();
    },
    find(region, name) {
      const arn = arnOf(region, name);
      const fn = functions.get(arn);
      if (!fn) throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, { status: 404, members: { Type: 'User' } });
      return fn;
    },
    list: (region) => [...functions.values()].filter((fn) => fn.region === region),
    reserved: (region) => [...functions.values()].reduce((sum, fn) => sum + (fn.region === region ? (fn.reservedConcurrency ?? 0) : 0), 0),
    allow(functionArn, statement) {
      const others = (policies[functionArn] ?? []).filter((existing) => existing.Sid !== statement.Sid);
      policies[functionArn] = [...others, statement];
      world.changed();
    },
    disallow(sid) {
      policies = Object.fromEntries(Object.entries(policies).map(([arn, statements]) => [arn, statements.filter((statement) => statement.Sid !== sid)]));
      world.changed();
    },
    policy: (functionArn) => policies[functionArn] ?? [],
    eventInvoke: (functionArn) => eventInvoke[functionArn] ?? defaultEventInvoke,
    setEventInvoke(functionArn, configuration) {
      eventInvoke[functionArn] = configuration;
      world.changed();
    },
    forgetEventInvoke(region, name) {
      delete eventInvoke[arnOf(region, name)];
      world.changed();
    },
    snapshot: () => structuredClone({ functions: [...functions.values()], policies, eventInvoke }),
    restore(state) {
      functions.clear();
      for (const fn of structuredClone(state.functions)) functions.set(fn.functionArn, fn);
      policies = structuredClone(state.policies);
      eventInvoke = structuredClone(state.eventInvoke);
    },
  };
}
