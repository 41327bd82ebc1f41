import { clientSettings, type ClientSettings } from '../../src/aws/client-settings.js';
import { createLedger, type Ledger } from '../../src/aws/ledger/ledger.js';
import { systemClock } from '../../src/aws/system-clock.js';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from './clock.js';
import { type Environment, required } from './environment.js';
import { createTelemetry, type Telemetry } from './telemetry.js';

export interface BuildOptions {
  /** Answers the SDK in this process instead of over sockets (simulation). */
  requestHandler?: unknown;
  clock?: Clock;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Uniform in [0, 1): jitter and the order of endpoints. Seeded in simulation. */
  random?: () => number;
  /** Takes the lines of logs and metrics instead of standard output. */
  write?: (line: string) => void;
}

/** What Lambda tells a handler about its invocation; only this much is used. */
export interface InvocationContext {
  awsRequestId?: string;
  getRemainingTimeInMillis?: () => number;
}

/** What every function has. */
export interface Runtime {
  environment: Environment;
  region: string;
  otherRegion: string;
  clock: Clock;
  random: () => number;
  telemetry: Telemetry;
  /** Configuration of an SDK client. A call that is not answered in time ends; it is never waited for. */
  client(limits?: ClientLimits): ClientConfiguration;
  ledger(): Ledger;
}

export interface ClientLimits {
  region?: string;
  maxAttempts?: number;
  requestTimeoutMs?: number;
  connectionTimeoutMs?: number;
}

export type ClientConfiguration = ClientSettings & {
  region: string;
  maxAttempts: number;
  requestHandler: never;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

export function createRuntime(environment: Environment, functionName: string, options: BuildOptions = {}): Runtime {
  const region = required(environment, 'AWS_REGION');
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const settings = clientSettings({ simulated: options.requestHandler !== undefined });
  const runtime: Runtime = {
    environment,
    region,
    otherRegion: required(environment, 'OTHER_REGION'),
    clock,
    random,
    telemetry: createTelemetry({ deployment: required(environment, 'DEPLOYMENT'), region, functionName, clock, ...(options.write ? { write: options.write } : {}) }),
    client: (limits = {}) => ({
      ...settings,
      region: limits.region ?? region,
      maxAttempts: limits.maxAttempts ?? 3,
      requestHandler: (options.requestHandler ?? {
        connectionTimeout: limits.connectionTimeoutMs ?? 2000,
        requestTimeout: limits.requestTimeoutMs ?? 10_000,
        socketTimeout: Math.max(30_000, limits.requestTimeoutMs ?? 0),
        // Without this a black-holed socket only logs a warning and waits for ever.
        throwOnRequestTimeout: true,
      }) as never,
      ...(options.credentials ? { credentials: options.credentials } : {}),
    }),
    ledger: () => createLedger({ client: new DynamoDBClient(runtime.client({ requestTimeoutMs: 4000 })), table: required(environment, 'LEDGER_TABLE'), region, clock, random }),
  };
  return runtime;
}

/**
 * A handler that is built by the first invocation, so that the module can be imported where there is no function
 * environment (simulation, tests) and a broken configuration shows as a failed invocation with its reason.
 */
export function onFirstCall<Event, Result>(build: () => (event: Event, context?: InvocationContext) => Promise<Result>): (event: Event, context?: InvocationContext) => Promise<Result> {
  let built: ((event: Event, context?: InvocationContext) => Promise<Result>) | undefined;
  return (event, context) => (built ??= build())(event, context);
}
