import { HttpRequest } from '@smithy/core/protocols';
import { PutObjectCommand, S3Client, type PutObjectCommandInput } from '@aws-sdk/client-s3';
// What is put through the access point is signed with it.
import '@aws-sdk/signature-v4a';
import type { Deployment } from '../../src/config/schema.js';
import type { RunningWorld, WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import type { Access } from '../../src/sandbox/iam/access.js';
import { createInProcessHandler } from '../../src/sandbox/in-process-handler.js';
import type { CallContext, Operation } from '../../src/sandbox/service.js';
import type { SesService } from '../../src/sandbox/services/ses/service.js';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.js';
import { app, makeWorld, operatorIn, partSizes, type Deployed } from '../simulation/simulator/deployed-world.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { createFunctions } from '../simulation/simulator/functions.js';
import { calm, type NetworkOptions } from '../simulation/simulator/network.js';
import { createOperatorMachine } from '../simulation/simulator/operator-machine.js';
import { startOperator, type OperatorProcess } from '../simulation/simulator/operator.js';
import { settle } from '../simulation/simulator/settle.js';
import { bindProcess } from '../simulation/simulator/virtual-process.js';

/** Two Regions with a deployed pipeline, in which a scene plays; the network is calm and time passes by waiting. */
export interface Stage {
  world: RunningWorld;
  clock: VirtualClock;
  deployment: Deployment;
  /** Puts an input as an administrator; gives its version. `where`: a Region, or the access point. */
  put(where: string, key: string, body: string, more?: Partial<PutObjectCommandInput>): Promise<string>;
  operator(): OperatorProcess;
  /** A call as an administrator. */
  call<Output = unknown>(service: string, operation: string, input: unknown, region?: string): Promise<Output>;
  /** Follows every link of the e-mails that came since the last time, as their reader. Gives the status of each answer. */
  followLinks(): Promise<number[]>;
  /** From now on `wanted` calls of an operation fail with what `make` gives. Call the answer to mend it. */
  breakCalls(service: string, operation: string, wanted: (call: CallContext, input: Record<string, unknown>) => boolean, make: () => Error): () => void;
  /** From now on calls of an operation are made with another input. Call the answer to undo it. */
  changeCalls(service: string, operation: string, change: (input: Record<string, unknown>) => Record<string, unknown>): () => void;
  sleep(seconds: number): Promise<void>;
}

export type Scene = (stage: Stage) => Promise<void>;

export interface StageOptions {
  deployed: Deployed;
  onAccess: (access: Access) => void;
  /** Sizes of parts other than those of the simulation. */
  environment?: Record<string, string>;
  /** Changes what is restored: a permission that is taken away. */
  change?: (snapshot: WorldSnapshot) => void;
  onLine?: (line: string) => void;
}

export async function play(scene: Scene, { deployed, onAccess, environment = partSizes, change, onLine = () => undefined }: StageOptions): Promise<void> {
  const { deployment } = deployed;
  const clock = createVirtualClock({ startAt: deployed.at, settle });
  bindProcess(clock, diceFor(1, 'process'));
  const network: NetworkOptions = { world: () => world, clock, weather: () => calm, requestTimeoutMs: 5000 };
  const runtime = createFunctions({ app, clock, network, world: () => world, environment, dice: (purpose) => diceFor(1, purpose), killChance: () => 0, onLine });
  const world: RunningWorld = makeWorld({ clock, random: diceFor(1, 'world'), runtime, regions: deployed.regions, onAccess, onLog: (region, source, line) => onLine(`${region} ${source} ${line}`) });
  const snapshot = JSON.parse(deployed.snapshot) as WorldSnapshot;
  change?.(snapshot);
  await world.restore(snapshot);
  await world.start();
  try {
    await clock.runUntil(scene(stageOf(world, clock, deployment, network)));
  } finally {
    await world.stop();
  }
}

function stageOf(world: RunningWorld, clock: VirtualClock, deployment: Deployment, network: NetworkOptions): Stage {
  const requestHandler = createInProcessHandler(world);
  let operators = 0;
  let lettersRead = 0;
  const replace = (service: string, operation: string, by: (original: Operation) => Operation): (() => void) => {
    const operations = world.service(service).operations;
    const original = operations[operation] as Operation;
    operations[operation] = by(original);
    return () => { operations[operation] = original; };
  };
  return {
    world, clock, deployment,
    async put(where, key, body, more = {}) {
      const throughAccessPoint = where === 'access-point';
      const client = new S3Client({ region: throughAccessPoint ? deployment.home : where, requestHandler, credentials: world.iam.operatorKeys() });
      const Bucket = throughAccessPoint ? deployment.mrap.arn : deployment.regions[where]?.bucket;
      const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ContentType: 'text/csv', ...more }));
      return VersionId;
    },
    operator() {
      operators += 1;
      const name = `operator ${operators}`;
      return startOperator(name, createOperatorMachine(name), { deployment, network, dice: diceFor(1, name), onEvent: () => undefined });
    },
    call: (service, operation, input, region = deployment.home) => world.call(service, operation, input, operatorIn(region)),
    async followLinks() {
      const letters = (world.service('ses') as SesService).outbox().slice(lettersRead);
      lettersRead += letters.length;
      const links = letters.flatMap((letter) => (letter.text ?? '').match(/https:\/\/\S+/g) ?? []);
      return Promise.all(links.map(async (link) => {
        const { hostname, pathname, searchParams } = new URL(link);
        const { response } = await requestHandler.handle(new HttpRequest({ method: 'GET', protocol: 'https:', hostname, path: pathname, query: Object.fromEntries(searchParams), headers: { host: hostname } }));
        return response.statusCode;
      }));
    },
    breakCalls(service, operation, wanted, make) {
      return replace(service, operation, (original) => async (input: Record<string, unknown>, call) => {
        if (wanted(call, input)) throw make();
        return original(input, call) as Promise<unknown>;
      });
    },
    changeCalls: (service, operation, change) => replace(service, operation, (original) => (input: Record<string, unknown>, call) => original(change(input), call)),
    sleep: (seconds) => clock.sleep(seconds * 1000),
  };
}
