import type { JobDocument } from '../documents/job.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatBytes, formatCount, formatUtcWithAge, plural } from '../quantities.js';
import { table } from '../table.js';
import { jobStatusMark, plainTheme } from '../theme.js';

export interface JobsDocument {
  jobs: JobDocument[];
}

export function jobsView(document: JobsDocument, page: Page): string[] {
  if (document.jobs.length === 0) return ['No jobs.'];
  return table<JobDocument>([
    { title: 'job', value: (job) => job.jobId },
    { title: 'status', value: (job) => jobStatusMark(job.status, plainTheme), paint: (padded, job) => jobStatusMark(job.status, page.theme) + padded.slice(padded.trimEnd().length) },
    { title: 'key', value: (job) => job.key, shrinks: true },
    { title: 'region', value: (job) => job.region ?? '–' },
    { title: 'size', value: (job) => formatBytes(job.bytes), align: 'right' },
    { title: 'rows', value: (job) => (job.rows ? formatCount(job.rows.in) : '–'), align: 'right' },
    { title: 'rejected', value: (job) => (job.rows ? formatCount(job.rows.rejected) : '–'), align: 'right' },
    { title: 'accepted', value: (job) => job.acceptedAt.slice(0, 19).replace('T', ' ') + 'Z' },
  ], document.jobs, { width: page.columns, paintTitle: page.theme.faint });
}

export interface OneJobDocument extends JobDocument {
  /** Part objects that stand in the Region that runs (or ran) the job; null when they could not be listed. */
  partsDone: number | null;
  executionArn: string | null;
  refusedCommits: { at: string; region: string; epoch: number; attempt: number; orphanOutputKey?: string | null }[];
}

export function jobView(job: OneJobDocument, page: Page): string[] {
  const { theme } = page;
  const lines: string[] = [`${jobStatusMark(job.status, theme)}  ${theme.strong(printable(job.key))}  ${theme.faint(job.jobId)}`];
  const add = (label: string, text: string | null): void => { if (text !== null) lines.push(`  ${theme.faint(label.padEnd(12))}${text}`); };
  add('accepted', formatUtcWithAge(job.acceptedAt, page.now));
  add('input', `${formatBytes(job.bytes)}, version ${printable(job.versionId)}, in ${job.presentIn.join(' and ') || 'no bucket that is known of'}`);
  add('claimed by', job.region === null ? null : `${job.region}, epoch ${job.epoch}, attempt ${job.attempt}`);
  add('parts', partsText(job));
  add('finished', job.finishedAt === null ? null : formatUtcWithAge(job.finishedAt, page.now));
  add('rows', job.rows === null ? null : `${formatCount(job.rows.in)} in, ${formatCount(job.rows.out)} out, ${formatCount(job.rows.rejected)} rejected`);
  add('output', job.outputKey === null ? null : printable(job.outputKey));
  add('rejects', job.rejectsKey === null ? null : printable(job.rejectsKey));
  add('e-mail', job.notification === 'NONE' ? null : job.notification);
  add('error', job.error ? theme.bad(`${printable(job.error.code)}: ${printable(job.error.message)} (in ${printable(job.error.step)})`) : null);
  add('parked', job.parkedReason === null ? null : theme.warn(printable(job.parkedReason)));
  for (const refused of job.refusedCommits) add('refused', `a late commit of ${refused.region}, epoch ${refused.epoch}, attempt ${refused.attempt}, at ${refused.at}: it changed nothing${refused.orphanOutputKey ? `; the output that it wrote is an orphan: ${printable(refused.orphanOutputKey)}` : ''}`);
  if (job.status === 'SUCCEEDED') lines.push(`  → batchctl output ${job.jobId} --out result.csv`);
  if (job.status === 'FAILED') lines.push(`  → batchctl redrive ${job.jobId}`);
  return lines;
}

function partsText(job: OneJobDocument): string | null {
  if (job.parts !== null) return `${formatCount(job.parts)}${job.partsKept ? `, ${plural(job.partsKept, 'part')} kept from an earlier run` : ''}`;
  return job.partsDone === null ? null : `${plural(job.partsDone, 'part')} finished so far`;
}
