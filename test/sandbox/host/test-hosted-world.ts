import type { BuildWorld, HostedWorld } from '../../../src/sandbox/host/hosted-world.js';
import type { Service } from '../../../src/sandbox/service.js';
import { createCloudFormation } from '../../../src/sandbox/services/cloudformation/service.js';
import { createSes } from '../../../src/sandbox/services/ses/service.js';
import { createSns } from '../../../src/sandbox/services/sns/service.js';
import { createSqs } from '../../../src/sandbox/services/sqs/service.js';
import { createSsm } from '../../../src/sandbox/services/ssm/service.js';
import type { World } from '../../../src/sandbox/world.js';
import { createSmallWorld } from '../small-world.js';

/** A hosted world of a few real services whose wire only says who was asked: enough to test the host around it. */
export function smallHostedWorld(further: (world: World) => Service[] = () => []): BuildWorld {
  return async (parts): Promise<HostedWorld> => {
    const small = createSmallWorld();
    const world: World = Object.assign(small, {
      clock: parts.clock, random: parts.random, blobs: parts.blobs, changed: parts.onChanged, log: parts.onLog,
      handle: async ({ domain }: { domain: string }) => ({ status: 200, headers: {}, body: Buffer.from(domain) }),
    });
    for (const service of [createSsm(world), createSqs(world), createSns(world), createSes(world), createCloudFormation(world), ...further(world)]) small.add(service);
    const { services } = small;
    return {
      world,
      services,
      operatorArn: 'arn:aws:iam::111122223333:user/operator-admin',
      operatorKeys: () => ({ accessKeyId: 'AKIASANDBOX', secretAccessKey: 'secret' }),
      snapshot: () => Object.fromEntries([...services].flatMap(([name, service]) => (service.snapshot ? [[name, service.snapshot()]] : []))),
      restore: async (state) => { for (const [name, saved] of Object.entries(state as Record<string, unknown>)) await services.get(name)?.restore?.(saved as never); },
      start: async () => { for (const service of services.values()) await service.start?.(); },
      stop: async () => { for (const service of services.values()) await service.stop?.(); },
    };
  };
}
