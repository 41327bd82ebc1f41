import { randomBytes, randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { blobsIn, createFileBlobs } from '../blobs-files.js';
import { readAssembly, regionsOf, type Assembly } from '../deploy/assembly.js';
import type { DeploymentProgress } from '../deploy/deployment.js';
import { seededRandom } from '../random.js';
import { createRealClock } from '../real-clock.js';
import { answerAdmin } from './admin.js';
import { createAdministration } from './administration.js';
import { keepAssets } from './assets.js';
import { createDeployments, type Deployments } from './deployments.js';
import { writeFacts } from './facts-file.js';
import type { BuildWorld, HostedWorld } from './hosted-world.js';
import { lockFolder } from './lock.js';
import { openLog, type SandboxLog } from './log.js';
import { inUrl, loopbackAddress } from './loopback.js';
import type { SandboxFacts } from './protocol.js';
import { openSockets, type Sockets } from './sockets.js';
import { createPersistence, readState, type Persistence, type SavedState } from './state-file.js';

export interface SandboxOptions {
  /** Everything of this sandbox lies here; made when absent. One host at a time. */
  dir: string;
  /** The folder that `cdk synth` wrote. */
  assembly: string;
  /** First of a row of ports, the admin listener's; without it, the ports of the last start or any free ones. */
  portBase?: number;
  /** How many times faster than real time the simulated delays pass. */
  speed: number;
  latency: 'off' | 'realistic';
  quotas: 'on' | 'off';
  seed?: number;
  /** The account of a new sandbox; an old one keeps its own. */
  account?: string;
  onProgress?(progress: DeploymentProgress): void;
}

export interface RunningSandbox {
  facts: SandboxFacts;
  hosted: HostedWorld;
  /** Closes the listeners, saves the state and releases the folder. Safe to call twice. */
  stop(): Promise<void>;
  /** Resolves once it has stopped, whoever asked for it. */
  stopped: Promise<void>;
}

const partition = 'aws';
const defaultAccount = '111122223333';
const collectGarbageEveryMs = 10 * 60_000;

/**
 * Starts a sandbox in this process: listeners, world, saved state, deployment. Resolves when it is deployed and ready.
 * Throws SandboxLockedError, SandboxStateError, PortInUseError, DeploymentError, each with a message that says what to
 * do; whatever had been opened by then is closed again.
 */
export async function startSandbox(options: SandboxOptions, build: BuildWorld): Promise<RunningSandbox> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const undo: (() => Promise<void> | void)[] = [await lockFolder(options.dir)];
  const unwind = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step(); };
  try {
    return await startLocked(options, build, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function startLocked(options: SandboxOptions, build: BuildWorld, undo: (() => Promise<void> | void)[], unwind: () => Promise<void>): Promise<RunningSandbox> {
  const { dir } = options;
  const saved = await readState(dir);
  const assetsFolder = path.join(dir, 'assets');
  const assembly = await keepAssets(await readAssembly(options.assembly), assetsFolder);
  const account = saved?.account ?? options.account ?? accountOf(assembly) ?? defaultAccount;
  const log = openLog(path.join(dir, 'sandbox.log'));
  undo.push(() => log.close());

  const sockets = await openSockets(options, regionsOf(assembly), log);
  undo.push(() => sockets.listeners.close());

  const seed = saved?.seed ?? options.seed ?? randomInt(2 ** 31);
  const starts = (saved?.starts ?? 0) + 1;
  // Nothing is written before the saved state is whole in the world again.
  let noteChange = (): void => undefined;
  const blobs = createFileBlobs(path.join(dir, 'blobs'));
  const hosted = await build({
    clock: createRealClock({ speed: options.speed }),
    random: seededRandom(seed + starts * 0x9e3779b1),
    account, partition, regions: sockets.regions, blobs, latency: options.latency, quotas: options.quotas,
    connectTo: sockets.connectTo,
    onChanged: () => { noteChange(); },
    onLog: log.write,
  });
  if (saved) await hosted.restore(saved.world);
  await blobs.retainOnly(blobsIn(saved?.world));

  const deployments: Deployments = createDeployments({
    hosted, responses: sockets.responses, regions: sockets.regions, assetsFolder, log, deployedDigest: saved?.assemblyDigest, save: () => saving.save(),
  });
  const collect = (): SavedState => {
    const assemblyDigest = deployments.digest();
    return { schemaVersion: 1, savedAt: new Date().toISOString(), account, seed, starts, ...(assemblyDigest === undefined ? {} : { assemblyDigest }), world: hosted.snapshot() };
  };
  const saving = createPersistence(dir, collect, (line) => { log.write('-', 'host', line); });
  noteChange = saving.changed;
  undo.push(() => { saving.stop(); });
  // First of all the counter of starts: a crash from here on must not make the next start draw the same numbers.
  await saving.save();

  sockets.serve(hosted);
  const { faults } = hosted.world;
  undo.push(faults.onChange(() => { void sockets.listeners.follow(faults); }));
  await hosted.start();
  const stopWorld = once(() => hosted.stop());
  undo.push(stopWorld);
  const collector = setInterval(() => { void blobs.retainOnly(blobsIn(hosted.snapshot())); }, collectGarbageEveryMs);
  collector.unref();
  undo.push(() => { clearInterval(collector); });

  await deployments.deployFirst(assembly, options.onProgress);
  await sockets.listeners.follow(faults);
  return finish({ options, hosted, sockets, persistence: saving, deployments, log, account, assembly, stopWorld, unwind });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}

function accountOf(assembly: Assembly): string | undefined {
  return assembly.stacks.find((stack) => stack.account !== undefined)?.account;
}

interface Started {
  options: SandboxOptions;
  hosted: HostedWorld;
  sockets: Sockets;
  persistence: Persistence;
  deployments: Deployments;
  log: SandboxLog;
  account: string;
  assembly: Assembly;
  stopWorld(): Promise<void>;
  unwind(): Promise<void>;
}

async function finish(started: Started): Promise<RunningSandbox> {
  const { options, hosted, sockets, persistence, log } = started;
  const facts: SandboxFacts = {
    schemaVersion: 1, pid: process.pid, startedAt: new Date().toISOString(), account: started.account, partition, regions: sockets.regions,
    assembly: options.assembly, assemblyDigest: started.assembly.digest, speed: options.speed, latency: options.latency, quotas: options.quotas,
    ports: sockets.listeners.ports, admin: { port: sockets.admin.port, token: randomBytes(24).toString('hex') }, connectTo: sockets.connectTo,
    endpointUrl: `http://${inUrl(loopbackAddress())}:${sockets.listeners.ports['any'] ?? 0}`, credentials: hosted.operatorKeys(),
  };
  let announceStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => { announceStopped = resolve; });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      // The world first: a function whose connections were cut would fail, and its failure would be saved. Stopped, it
      // leaves no result, and its invocation is made again after the next start.
      await started.stopWorld();
      await sockets.listeners.close();
      persistence.stop();
      await persistence.save();
      await started.unwind();
    })().finally(announceStopped);
    return stopping;
  };
  const administration = createAdministration({
    facts, hosted, persistence, log, follow: () => sockets.listeners.follow(hosted.world.faults), stop: () => { void stop(); },
    destroy: () => started.deployments.destroy(),
    upgrade: async (folder) => {
      const upgraded = await started.deployments.upgrade(folder);
      Object.assign(facts, { assembly: upgraded.assembly, assemblyDigest: upgraded.assemblyDigest });
      await writeFacts(options.dir, facts);
      return upgraded;
    },
  });
  sockets.admin.server.removeAllListeners('request');
  sockets.admin.server.on('request', answerAdmin(facts.admin.token, administration));
  // It stays after a stop, for the ports; a reader tells by the lock whether anybody is behind it.
  await writeFacts(options.dir, facts);
  log.write('-', 'host', `ready: ${hosted.services.size} services, Regions ${sockets.regions.join(', ')}`);
  return { facts, hosted, stop, stopped };
}
