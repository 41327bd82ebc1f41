import type { Deployment } from '../../src/config/schema.js';
import type { OperationEvent } from '../../src/core/operation.js';
import type { RunningWorld, WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import type { CallContext } from '../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.js';
import { app, deployOnce, makeWorld, operatorIn } from '../simulation/simulator/deployed-world.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { tellsSecret } from '../simulation/simulator/final-checks.js';
import { createFunctions } from '../simulation/simulator/functions.js';
import type { InputFile } from '../simulation/simulator/input-files.js';
import { calm } from '../simulation/simulator/network.js';
import { createOperatorMachine, type OperatorMachine } from '../simulation/simulator/operator-machine.js';
import { startOperator, type OperatorProcess } from '../simulation/simulator/operator.js';
import { settle } from '../simulation/simulator/settle.js';
import { bindProcess } from '../simulation/simulator/virtual-process.js';
import { attachWitness, type Witness } from '../simulation/simulator/witness.js';
import { assembly } from './promises.js';

/** The whole pipeline in both Regions on a virtual clock, with real handlers and SDK clients, quotas on and the simulator's witness. */
export interface SimulatedPipeline {
  clock: VirtualClock;
  world: RunningWorld;
  deployment: Deployment;
  witness: Witness;
  /** Of journals and log lines, those that tell a secret. */
  texts: string[];
  sent: Map<string, InputFile>;
  acknowledged: { key: string; versionId: string }[];
  put(key: string, file: InputFile, region: string): Promise<void>;
  operator(purpose: string, onEvent?: (event: OperationEvent, at: number) => void): OperatorProcess;
  /** Stands before an operation of a service: it is told of every call, and calls the operation. */
  around(service: string, operation: string, stand: (input: unknown, call: CallContext, perform: () => Promise<unknown>) => Promise<unknown>): void;
}

/** As deployed by default, but for the file: the simulator cuts small files into many parts, which is not what is asked here. */
const wholeFiles = { PART_MIN_BYTES: '65536', PART_MAX_BYTES: '16777216', INLINE_PARTS: '40' };
const requestTimeoutMs = 5000;
const seed = 1;

export async function createSimulatedPipeline(): Promise<SimulatedPipeline> {
  const deployed = await deployOnce(assembly);
  const clock = createVirtualClock({ startAt: deployed.at, settle });
  bindProcess(clock, diceFor(seed, 'process'));
  const network = { world: (): RunningWorld => world, clock, weather: () => calm, requestTimeoutMs };
  const texts: string[] = [];
  const hear = (text: string): void => { if (tellsSecret(text, deployed.deployment)) texts.push(text); };
  const runtime = createFunctions({ app, clock, network, world: () => world, environment: wholeFiles, dice: (purpose) => diceFor(seed, purpose), killChance: () => 0, onLine: hear });
  const world: RunningWorld = makeWorld({ clock, random: diceFor(seed, 'world'), runtime, tuning: { dynamoDb: { writeLatencyMs: 15, conflictWindowMs: 30, indexDelayMs: 150 } } });
  const computers: OperatorMachine[] = [];
  const witness = attachWitness({
    world, deployment: deployed.deployment, startedAt: deployed.at,
    control: { epoch: 1, activeRegion: deployed.deployment.home, phase: 'active', operationId: undefined },
    journalSays: (operationId, type, step) => computers.some((computer) => computer.operations.get(operationId)?.some((event) => event.type === type && 'step' in event && event.step === step)),
  });
  await world.restore(JSON.parse(deployed.snapshot) as WorldSnapshot);
  await world.start();
  const { deployment } = deployed;
  const pipeline: SimulatedPipeline = {
    clock, world, deployment, witness, texts, sent: new Map(), acknowledged: [],
    async put(key, file, region) {
      pipeline.sent.set(file.text, file);
      const { VersionId } = await world.call<{ VersionId: string }>('s3', 'PutObject', { Bucket: deployment.regions[region]?.bucket, Key: key, Body: bodyOf(file.text) }, operatorIn(region));
      pipeline.acknowledged.push({ key, versionId: VersionId });
    },
    operator(purpose, onEvent) {
      const machine = createOperatorMachine(purpose);
      computers.push(machine);
      return startOperator(purpose, machine, {
        deployment, network, dice: diceFor(seed, `operator ${purpose}`),
        onEvent: (event) => {
          if (event.type !== 'step-progress') hear(JSON.stringify(event));
          onEvent?.(event, clock.now());
        },
      });
    },
    around(service, operation, stand) {
      const operations = world.services.get(service)!.operations;
      const original = operations[operation]!;
      operations[operation] = (input, call) => stand(input, call, () => original(input, call) as Promise<unknown>);
    },
  };
  return pipeline;
}

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
