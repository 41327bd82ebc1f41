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

/** Counts finished parts of `jobs` in one Region's bucket, whoever wrote them. */
export async function countParts(objects: ObjectsReader, jobs: Job[], plannedByJob: Map<string, number>): Promise<PartsProgress> {
  let finished = 0;
  await Promise.all(jobs.map(async (job) => {
    if (!plannedByJob.has(job.jobId)) {
      const planned = await plannedParts(objects, job);
      if (planned === undefined) return;
      plannedByJob.set(job.jobId, planned);
    }
    for await (const part of objects.list(partsPrefix(job.jobId))) if (!part.key.endsWith('.rejects.csv')) finished += 1;
  }));
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
