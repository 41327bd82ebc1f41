import { openBuckets } from '../e2e/buckets.js';
import type { JobDocument, SandboxDocument, StatusDocument } from '../e2e/documents.js';
import type { Operator } from '../e2e/operator.js';
import { eventually, home, standby } from '../e2e/scene.js';
import type { Given } from './submitters.js';

export interface Account {
  jobs: number;
  byStatus: Record<string, number>;
  /** Given without an acknowledgement, and not accepted either. */
  neverArrived: number;
  outputsCompared: number;
  emails: { one: number; uncertain: number };
  broken: string[];
}

type Listed = JobDocument & { versionId: string };

export async function listJobs(operator: Operator): Promise<Listed[]> {
  return (await operator.document<{ jobs: Listed[] }>(['jobs', '--limit', '100000'])).jobs;
}

/** Holds what the ledger, the buckets and the outbox say against what was given. */
export async function account(operator: Operator, given: ReadonlyMap<string, Given>): Promise<Account> {
  const broken: string[] = [];
  const jobs = (await listJobs(operator)).filter((job) => given.has(job.key));
  const byKey = new Map<string, Listed[]>();
  for (const job of jobs) byKey.set(job.key, [...byKey.get(job.key) ?? [], job]);
  const byStatus: Record<string, number> = {};
  for (const job of jobs) byStatus[job.status] = (byStatus[job.status] ?? 0) + 1;
  const buckets = await openBuckets(operator);
  try {
    const inputs = new Set([...await buckets.keys(home, 'input/'), ...await buckets.keys(standby, 'input/')]);
    let [neverArrived, outputsCompared] = [0, 0];
    for (const each of given.values()) {
      const those = byKey.get(each.key) ?? [];
      if (those.length === 0 && (each.acknowledged || inputs.has(each.key))) broken.push(`${each.key}: ${each.how}, ${each.acknowledged ? 'acknowledged' : 'stored'}, and no job knows it`);
      if (those.length === 0) neverArrived += 1;
      // Typed again or sent again, it stays one file.
      if (those.length > 1) broken.push(`${each.key}: ${each.how} once, and ${those.length} jobs run it: ${those.map((job) => job.jobId).join(', ')}`);
      for (const job of those) {
        const wanted = each.expected === undefined ? 'FAILED' : 'SUCCEEDED';
        if (job.status !== wanted) broken.push(`${job.key} (${job.jobId}) is ${job.status} and not ${wanted}: ${JSON.stringify(job.error)}`);
        if (job.status === 'FAILED' && job.error?.code === undefined) broken.push(`${job.key} failed without saying why`);
        if (job.status !== 'SUCCEEDED' || each.expected === undefined) continue;
        outputsCompared += 1;
        if (await buckets.read(job.region ?? home, job.outputKey ?? '') !== each.expected) broken.push(`the output of ${job.key} is not what its rows make`);
      }
    }
    const { routing, jobs: counted } = await eventually('a whole status', async () => {
      const seen = await operator.document<StatusDocument>(['status']);
      return seen.jobs['succeededLast24h'] !== null && seen.routing.drift.length === 0 ? seen : undefined;
    }, 120_000).catch(() => operator.document<StatusDocument>(['status']));
    // The ledger counts commits, so that a second one of any job would show here; synthetic jobs are not counted.
    if (counted['succeededLast24h'] !== byStatus['SUCCEEDED']) broken.push(`${counted['succeededLast24h']} commits were counted, and ${byStatus['SUCCEEDED']} jobs succeeded`);
    if (routing.drift.length > 0) broken.push(`routing has drifted: ${routing.drift.join('; ')}`);
    return { jobs: jobs.length, byStatus, neverArrived, outputsCompared, emails: await countEmails(operator, jobs, broken), broken };
  } finally {
    buckets.close();
  }
}

async function countEmails(operator: Operator, jobs: readonly JobDocument[], broken: string[]): Promise<Account['emails']> {
  const { outbox } = await operator.document<SandboxDocument>(['sandbox', 'status', '--dir', operator.sandbox]);
  const told = new Map<string, number>();
  for (const email of outbox.filter((each) => each.via === 'ses')) {
    const text = `${email.subject} ${email.text ?? ''} ${email.raw ?? ''}`;
    for (const jobId of new Set(text.match(/[0-9a-f]{32}/g) ?? [])) told.set(jobId, (told.get(jobId) ?? 0) + 1);
  }
  const emails = { one: 0, uncertain: 0 };
  for (const job of jobs) {
    const count = told.get(job.jobId) ?? 0;
    if (count > 1) broken.push(`${count} e-mails about ${job.key}`);
    if (count === 1) emails.one += 1;
    else if (job.status === 'SUCCEEDED' && count === 0) {
      if (job.notification === 'UNCERTAIN' || job.notification === 'SENDING') emails.uncertain += 1;
      else broken.push(`no e-mail about ${job.key}, and its row says ${job.notification}`);
    }
  }
  return emails;
}
