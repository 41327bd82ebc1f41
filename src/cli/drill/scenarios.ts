import type { DrillScenario } from '../../core/drill.js';
import type { Job } from '../../core/job.js';
import type { MoveMode } from '../../core/recommendation-types.js';
import type { SandboxClient } from '../../sandbox/index.js';
import type { ObjectsReader } from '../../workflow/ports.js';
import { jobsNow, submitFiles, waitFor, type Scene } from './scene.js';

/** What stands when the scenario has broken what it breaks. */
export interface Broken {
  jobs: Job[];
  /** Inputs that were kept from replicating and were not finished when the Region was lost. */
  heldBack: Job[];
}

export interface Scenario {
  name: DrillScenario;
  summary: string;
  mode: MoveMode;
  /** How the move is driven: by this process, or by one that is killed behind the point of no return and resumed. */
  driver: 'here' | 'killed-and-resumed';
  /** Most take seconds; a Region that was gray is fit to go back to only after minutes of clean looks. */
  takesMinutes: boolean;
  /** Submits work and breaks things. Only called with a sandbox. */
  prepare(scene: Scene, sandbox: SandboxClient): Promise<Broken>;
}

const files = 8;
const rows = 200;
const heldBackFiles = 3;
const replicationDeadlineMs = 60_000;
/** AWS takes up to two minutes for a change of the access point's routes. */
const routesDeadlineMs = 150_000;

export const scenarios: readonly Scenario[] = [
  {
    name: 'planned-move', summary: 'drain, move and move back while work is under way', mode: 'graceful', driver: 'here', takesMinutes: false,
    prepare: async (scene) => ({ jobs: await submitFiles(scene, files, rows), heldBack: [] }),
  },
  { name: 'region-dead', summary: 'the active Region refuses every connection in the middle of the work', mode: 'ungraceful', driver: 'here', takesMinutes: false, prepare: loseRegion('down') },
  { name: 'region-gray', summary: 'the active Region is slow and loses a third of all calls', mode: 'ungraceful', driver: 'here', takesMinutes: true, prepare: loseRegion('gray') },
  {
    name: 'replication-behind', summary: 'the active Region is lost while its newest inputs have not replicated', mode: 'ungraceful', driver: 'here', takesMinutes: false,
    async prepare(scene, sandbox) {
      const { from, to } = scene;
      const replicated = await submitReplicated(scene);
      await sandbox.setFault({ kind: 'replication', from, to, state: { mode: 'paused' } });
      const early = await untilUploadsAreHeldBack(scene);
      const late = [...early.slice(-1), ...await submitFiles(scene, heldBackFiles - 1, rows)];
      await sandbox.setFault({ kind: 'region', region: from, state: 'down' });
      const now = await jobsNow(scene, late);
      return { jobs: [...replicated, ...early.slice(0, -1), ...late], heldBack: now.filter((job) => job.status !== 'SUCCEEDED') };
    },
  },
  {
    name: 'arc-endpoints-failing', summary: 'the active Region is lost, and of ARC\'s five endpoints two are down and one is slow', mode: 'ungraceful', driver: 'here', takesMinutes: false,
    async prepare(scene, sandbox) {
      const broken = await loseRegion('down')(scene, sandbox);
      const endpoints = scene.deployment.arc?.endpoints.map((endpoint) => endpoint.region) ?? [];
      // The lost Region's own endpoint first: a cluster stands the loss of two Regions, and no more.
      const [first, second, third] = [...endpoints].sort((a, b) => Number(b === scene.from) - Number(a === scene.from));
      for (const region of [first, second]) if (region !== undefined) await sandbox.setFault({ kind: 'arc-endpoint', region, state: 'down' });
      if (third !== undefined) await sandbox.setFault({ kind: 'arc-endpoint', region: third, state: 'slow' });
      return broken;
    },
  },
  { name: 'operator-crash', summary: 'the active Region is lost, and the failover itself is killed behind its point of no return, then resumed', mode: 'ungraceful', driver: 'killed-and-resumed', takesMinutes: false, prepare: loseRegion('down') },
];

function loseRegion(state: 'down' | 'gray'): Scenario['prepare'] {
  return async (scene, sandbox) => {
    const jobs = await submitReplicated(scene);
    await sandbox.setFault({ kind: 'region', region: scene.from, state });
    return { jobs, heldBack: [] };
  };
}

/**
 * For a while after a move uploads may still land in the Region that was left: the access point's routes take their time.
 * Submits files, one after the other, until one lies in the active Region alone; gives them all, that one last.
 */
async function untilUploadsAreHeldBack(scene: Scene): Promise<Job[]> {
  const target = scene.read.objects[scene.to] as ObjectsReader;
  const submitted: Job[] = [];
  return waitFor(scene, `uploads land in ${scene.from}`, routesDeadlineMs, async () => {
    const [job] = await submitFiles(scene, 1, rows);
    if (!job) return undefined;
    submitted.push(job);
    return await target.head(job.key, job.versionId) === undefined ? submitted : undefined;
  });
}

/** The inputs have to be in the other Region by then; how far their jobs are is left to chance. */
async function submitReplicated(scene: Scene): Promise<Job[]> {
  const jobs = await submitFiles(scene, files, rows);
  const target = scene.read.objects[scene.to] as ObjectsReader;
  await waitFor(scene, `inputs replicated to ${scene.to}`, replicationDeadlineMs, async () => {
    const found = await Promise.all(jobs.map((job) => target.head(job.key, job.versionId).catch(() => undefined)));
    return found.every((facts) => facts !== undefined) || undefined;
  });
  return jobs;
}
