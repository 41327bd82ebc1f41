import type { Job } from '../../core/job.js';
import { manifestKey, partsPrefix } from '../../core/layout.js';
import type { ObjectsReader } from '../../workflow/ports.js';

export interface PartsProgress {
  /** Part objects that stand in the Region. */
  finished: number;
  /** Parts of the manifests written so far. */
  planned: number;
  /** Jobs whose manifest stands. */
  jobsPlanned: number;
}

/** Part objects of each of `jobs` in one Region's bucket, whoever wrote them. */
export async function finishedByJob(objects: ObjectsReader, jobs: Job[]): Promise<Map<string, number>> {
  return new Map(await Promise.all(jobs.map(async ({ jobId }): Promise<[string, number]> => {
    let finished = 0;
    for await (const part of objects.list(partsPrefix(jobId))) if (!part.key.endsWith('.rejects.csv')) finished += 1;
    return [jobId, finished];
  })));
}

export async function countFinished(objects: ObjectsReader, jobs: Job[]): Promise<number> {
  return [...(await finishedByJob(objects, jobs)).values()].reduce((total, each) => total + each, 0);
}

/** Counts finished and planned parts of `jobs`. A manifest never changes, so each is read once and kept in `plannedByJob`. */
export async function countParts(objects: ObjectsReader, jobs: Job[], plannedByJob: Map<string, number>): Promise<PartsProgress> {
  await Promise.all(jobs.filter((job) => !plannedByJob.has(job.jobId)).map(async (job) => {
    const planned = await plannedParts(objects, job);
    if (planned !== undefined) plannedByJob.set(job.jobId, planned);
  }));
  const finished = await countFinished(objects, jobs.filter((job) => plannedByJob.has(job.jobId)));
  return { finished, planned: [...plannedByJob.values()].reduce((total, each) => total + each, 0), jobsPlanned: plannedByJob.size };
}

async function plannedParts(objects: ObjectsReader, job: Job): Promise<number | undefined> {
  const manifest = await objects.head(manifestKey(job.jobId));
  if (!manifest) return undefined;
  return (JSON.parse((await readAll(objects, manifest.key, manifest.versionId)).toString('utf8')) as unknown[]).length;
}

export async function readAll(objects: ObjectsReader, key: string, versionId: string | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.read(key, versionId)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
