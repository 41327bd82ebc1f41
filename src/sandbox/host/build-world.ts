import { fileURLToPath } from 'node:url';
import { createWorld } from '../create-world.js';
import { createWorkerRuntime } from '../services/lambda/worker-runtime.js';
import type { HostedWorld, WorldParts } from './hosted-world.js';

/** The bundled inside of a function's worker thread, beside the bundle of the host. */
const workerFile = fileURLToPath(new URL('./function-worker.mjs', import.meta.url));

/** The whole world, with functions in worker threads. */
export async function buildWorld(parts: WorldParts): Promise<HostedWorld> {
  const { connectTo, onChanged, onLog, ...options } = parts;
  const runtime = createWorkerRuntime({ workerFile, connectTo: () => connectTo });
  const world = createWorld({ ...options, runtime, onChange: onChanged, onLog });
  return {
    world,
    services: new Map(world.services),
    operatorArn: `arn:${parts.partition}:iam::${parts.account}:user/operator-admin`,
    operatorKeys: () => world.iam.operatorKeys(),
    snapshot: world.snapshot,
    restore: (state) => world.restore(state as Parameters<typeof world.restore>[0]),
    start: world.start,
    stop: async () => {
      await world.stop();
      await runtime.stop();
    },
  };
}
