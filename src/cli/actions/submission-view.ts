import type { Job, JobStatus } from '../../core/job.js';
import type { Page } from '../../ui/output.js';
import { printable } from '../../ui/printable.js';
import { formatBytes, formatCount } from '../../ui/quantities.js';
import { jobStatusMark } from '../../ui/theme.js';

/** One entry of `submit -o json`. */
export interface SubmittedJob {
  jobId: string;
  key: string;
  versionId: string;
  bytes: number;
  durability: 'accepted' | 'replicated';
  status: JobStatus;
  /** The same content was submitted before under the same key; nothing ran because of this command. */
  already: boolean;
  outputKey: string | null;
  /** Before the end only `in` is known, from the check on this machine. */
  rows: { in: number | null; out: number | null; rejected: number | null };
  /** Rows that the check on this machine would reject; null when it was not made. */
  badRowsFound: number | null;
  /** Valid for 60 minutes. A secret: whoever has it can download the output. */
  url: string | null;
  error: Job['error'] | null;
}

export function submissionView({ jobs }: { jobs: SubmittedJob[] }, page: Page): string[] {
  return jobs.flatMap((job) => {
    const { theme } = page;
    const lines = [`${jobStatusMark(job.status, theme)}  ${theme.strong(printable(job.key))}  ${formatBytes(job.bytes)}  ${job.already ? theme.faint('was there already  ') : ''}${job.jobId}`];
    if (job.rows.out !== null) lines.push(`  ${formatCount(job.rows.in)} rows in, ${formatCount(job.rows.out)} out, ${formatCount(job.rows.rejected)} rejected`);
    if (job.error) lines.push(`  ${theme.bad(`${printable(job.error.code)}: ${printable(job.error.message)}`)}`);
    if (job.url) lines.push(`  ${job.url}`, theme.faint('  valid for 60 minutes; whoever has the link can download the output'));
    if (job.status !== 'SUCCEEDED' && job.status !== 'FAILED') lines.push(theme.faint(`  follow it: batchctl job ${job.jobId}`));
    return lines;
  });
}
