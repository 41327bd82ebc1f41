import { createMemoryBlobs } from '../../../src/sandbox/blobs-memory.js';
import { assembleWorld, type RunningWorld, type WorldOptions } from '../../../src/sandbox/assemble-world.js';
import { createInProcessHandler, type InProcessHandlerOptions } from '../../../src/sandbox/in-process-handler.js';
import { seededRandom } from '../../../src/sandbox/random.js';
import { createRealClock } from '../../../src/sandbox/real-clock.js';
import type { CallContext, Operation, RequiredPermission, Service } from '../../../src/sandbox/service.js';
import { createSts } from '../../../src/sandbox/services/sts/service.js';

export const account = '111122223333';

/** A service of a test: its operations record nothing and check nothing but what the test wrote. */
export function fakeService(name: string, operations: Record<string, Operation>, permissions: (operation: string, input: never, call: CallContext) => RequiredPermission[] = () => []): Service {
  return { name, operations, permissions: permissions as Service['permissions'] };
}

export function testWorld(services: Service[] = [], options: Partial<WorldOptions> = {}): RunningWorld {
  const logged = (region: string, source: string, line: string): void => { throw new Error(`unexpected log of ${source} in ${region}: ${line}`); };
  return assembleWorld(
    { clock: createRealClock({ speed: 1000 }), random: seededRandom(7), account, regions: ['us-east-1', 'us-west-2'], blobs: createMemoryBlobs(), latency: 'off', quotas: 'off', onLog: logged, ...options },
    (world) => [createSts(world), ...services],
  );
}

export interface ClientSettings {
  region: string;
  maxAttempts: number;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  // The SDK's own type of this setting differs from client to client.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  requestHandler: any;
}

/** Settings of an SDK client that talks to the world as its operator. */
export function clientOf(world: RunningWorld, settings: Partial<ClientSettings> = {}, handler: InProcessHandlerOptions = {}): ClientSettings {
  return { region: 'us-east-1', maxAttempts: 1, credentials: world.iam.operatorKeys(), requestHandler: createInProcessHandler(world, handler), ...settings };
}

export async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(piece);
  return Buffer.concat(found).toString('utf8');
}
