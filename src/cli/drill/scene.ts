import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Deployment } from '../../config/schema.js';
import { isTransient } from '../../core/failure.js';
import type { Job } from '../../core/job.js';
import { OperatorError } from '../../errors.js';
import type { SandboxClient } from '../../sandbox/index.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { enterFiles } from '../actions/submit.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { tell, type CommandContext } from '../context.js';
import { sampleText } from '../sample/order-rows.js';

/** Where a rehearsal plays. */
export interface Scene {
  context: CommandContext;
  deployment: Deployment;
  read: ReadPorts;
  /** Breaks and mends things; null for a real deployment, where nothing is broken on purpose. */
  sandbox: SandboxClient | null;
  from: string;
  to: string;
  /** One line to whoever watches. */
  say(line: string): void;
}

/** Rows of reference data that a sandbox of the drill's own is given. */
export const drillReferences = 2000;

/** Submits small files whose keys carry the time, so that a drill can be repeated on the same sandbox. */
export async function submitFiles({ context, deployment }: Scene, count: number, rows: number): Promise<Job[]> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'batchctl-drill-'));
  try {
    const batch = context.clock.now().getTime();
    const files = Array.from({ length: count }, (_, index) => path.join(scratch, `drill-${batch}-${String(index + 1).padStart(2, '0')}.csv`));
    for (const [index, file] of files.entries()) await writeFile(file, [...sampleText({ rows, bad: 0, seed: index + 1, references: drillReferences })].join(''));
    return await enterFiles(context, deployment, files);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export function jobsNow({ read }: Scene, jobs: readonly Job[]): Promise<Job[]> {
  return askAnyLedger(read.ledgers, async (ledger) => [...(await ledger.readJobs(jobs.map((job) => job.jobId))).values()]);
}

const pollMs = 500;

/**
 * Asks `check` again and again until it has an answer. A call that got none is asked again too: in a drill Regions come and
 * go. Throws `WAITED_IN_VAIN` after `deadlineMs`.
 */
export async function waitFor<T>({ context }: Pick<Scene, 'context'>, what: string, deadlineMs: number, check: () => Promise<T | undefined>): Promise<T> {
  const end = context.clock.now().getTime() + deadlineMs;
  try {
    for (;;) {
      const found = await check().catch((error: unknown) => {
        if (context.signal.aborted || !isTransient(error)) throw error;
        return undefined;
      });
      if (found !== undefined) return found;
      tell(context, { type: 'progress', task: what, done: 0, total: null, unit: 'items' });
      if (context.clock.now().getTime() > end) throw new OperatorError('WAITED_IN_VAIN', `Waited ${deadlineMs / 1000} s in vain: ${what}.`);
      await context.clock.sleep(pollMs, context.signal);
    }
  } finally {
    tell(context, { type: 'progress-finished', task: what });
  }
}
