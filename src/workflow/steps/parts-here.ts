import type { Job } from '../../core/job.js';
import { partsPrefix } from '../../core/layout.js';
import type { Background } from '../concurrency.js';
import type { OperationContext } from '../operation-context.js';
import type { ObjectFacts } from '../ports.js';

/** S3 tells whole seconds, so a part that is told to be this much older than the claim certainly is older. */
const resolutionMs = 1000;

export interface PartsLook {
  /** To be told before the job's new execution is started, which will make parts of its own. */
  startsNow(): void;
  /** How many parts the claimed job keeps. */
  keptBy(claimed: Job): Promise<number>;
}

/**
 * Counts the finished parts that the target's bucket holds, which the pipeline will not process again. Nothing waits for
 * the answer: it is only a figure for the report. Asked for before the execution starts it is exact; where `notes` had no
 * room in time, or an execution runs already, parts that are younger than the claim are taken for the new execution's.
 */
export function lookForParts(context: OperationContext, jobId: string, notes: Background): PartsLook {
  let starts = false;
  const found = new Promise<{ parts: ObjectFacts[]; inTime: boolean }>((resolve) => {
    notes.add(async () => {
      const inTime = !starts;
      resolve({ parts: await partsHere(context, jobId), inTime });
    });
  });
  return {
    startsNow: () => { starts = true; },
    async keptBy({ claimedAt, executionArn }) {
      const { parts, inTime } = await found;
      const exact = inTime && executionArn === undefined;
      return parts.filter(({ lastModified }) => exact || claimedAt === undefined || Date.parse(lastModified) + resolutionMs <= Date.parse(claimedAt)).length;
    },
  };
}

/** None when the bucket does not answer; the pipeline itself looks part by part. */
async function partsHere(context: OperationContext, jobId: string): Promise<ObjectFacts[]> {
  const parts: ObjectFacts[] = [];
  try {
    for await (const object of context.read.objects[context.plan.to]?.list(partsPrefix(jobId)) ?? []) {
      if (!object.key.endsWith('.rejects.csv')) parts.push(object);
    }
  } catch {
    return [];
  }
  return parts;
}
