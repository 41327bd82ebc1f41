import { createInProcessRuntime, type InProcessHandler } from '../../../../src/sandbox/services/lambda/in-process-runtime.js';
import type { FunctionRuntime } from '../../../../src/sandbox/services/lambda/runtime.js';
import { createLambda, type LambdaOptions } from '../../../../src/sandbox/services/lambda/service.js';
import { createLogs, type LogsService } from '../../../../src/sandbox/services/logs/service.js';
import type { ResourceContext, Service } from '../../../../src/sandbox/service.js';
import { account, answering, createTestWorld, region, type TestWorld } from '../compute/test-world.js';

export const functionRole = `arn:aws:iam::${account}:role/function`;

export interface LambdaBench {
  world: TestWorld;
  lambda: Service;
  logs: LogsService;
  /** Messages that reached SQS. */
  messages: Record<string, unknown>[];
  define(name: string, properties?: Record<string, unknown>, at?: string): Promise<void>;
  resource(type: string, properties: Record<string, unknown>, logicalId?: string): Promise<void>;
  invoke(name: string, payload?: unknown, more?: Record<string, unknown>): Promise<{ StatusCode: number; FunctionError?: string; payload: unknown }>;
  restart(): Promise<void>;
}

export function resourceContext(logicalId: string, at = region, unmodelled: string[] = []): ResourceContext {
  return { region: at, account, stackName: 'stack', logicalId, assetPath: (key) => key, unmodelled: (path) => { unmodelled.push(path); } };
}

export function createLambdaBench(handlers: Record<string, InProcessHandler>, options: LambdaOptions & { runtime?: FunctionRuntime; seed?: number } = {}): LambdaBench {
  const world = createTestWorld({ seed: options.seed ?? 1 });
  const newRuntime = (): FunctionRuntime => options.runtime ?? createInProcessRuntime({ handlers, world: () => world });
  const messages: Record<string, unknown>[] = [];
  const bench: LambdaBench = {
    world,
    logs: createLogs(world),
    lambda: createLambda(world, newRuntime(), options),
    messages,
    define: (name, properties = {}, at = region) => create('AWS::Lambda::Function', { FunctionName: name, Role: functionRole, Code: { S3Key: 'asset' }, Timeout: 30, ...properties }, name, at),
    resource: (type, properties, logicalId = 'Resource') => create(type, properties, logicalId, region),
    async invoke(name, payload = {}, more = {}) {
      const output = await world.ask<{ StatusCode: number; FunctionError?: string; Payload?: Uint8Array }>('lambda', 'Invoke', { FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)), ...more });
      const text = Buffer.from(output.Payload ?? []).toString();
      return { StatusCode: output.StatusCode, ...(output.FunctionError ? { FunctionError: output.FunctionError } : {}), payload: text === '' ? undefined : JSON.parse(text) as unknown };
    },
    async restart() {
      const snapshot = JSON.parse(JSON.stringify(bench.lambda.snapshot?.())) as never;
      await bench.lambda.stop?.();
      bench.lambda = createLambda(world, newRuntime(), options);
      world.register(bench.lambda);
      await bench.lambda.restore?.(snapshot);
      await bench.lambda.start?.();
    },
  };
  async function create(type: string, properties: Record<string, unknown>, logicalId: string, at: string): Promise<void> {
    await bench.lambda.resources?.[type]?.create(resourceContext(logicalId, at), properties as never);
  }
  world.register(bench.lambda);
  world.register(bench.logs);
  world.register(answering('sqs', { SendMessage: (input) => { messages.push(input); return { MessageId: 'm' }; } }));
  return bench;
}
