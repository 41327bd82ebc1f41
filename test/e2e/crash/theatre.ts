import { expect } from 'vitest';
import path from 'node:path';
import { openBuckets, type Buckets } from '../buckets.js';
import type { JobDocument, StatusDocument } from '../documents.js';
import { createOperator, type Operator } from '../operator.js';
import type { OrderFile } from '../orders.js';
import { emailsByJob, eventually, home, loadReferences, patience, readJobs, standby, submitMany, untilSucceeded } from '../scene.js';
import { drive, lastOf, type Driven } from './drive.js';
import { openLedger, type LedgerTable } from './ledger.js';
import { setPolicy } from '../policy.js';

export type MoveName = 'graceful failover' | 'ungraceful failover' | 'failback';

/** During the very step, a little into it, or when it has just been noted as finished. */
export type Moment = 'started' | 'midway' | 'finished';

/** same: where it ran. elsewhere: no local journal. ledger behind: the ledger misses the last events that this machine has. */
export type ResumeFrom = 'same machine' | 'elsewhere' | 'ledger behind';

export interface Crash {
  move: MoveName;
  step: string;
  moment: Moment;
  resumeFrom: ResumeFrom;
}

/** These tests move back and forth faster than anybody should. */
const known = ['--acknowledge', 'recent-move,unsettled-target'];
export const commands: Record<MoveName, string[]> = {
  'graceful failover': ['failover', '--to', standby, '--mode', 'graceful', '--yes', ...known],
  'ungraceful failover': ['failover', '--to', standby, '--mode', 'ungraceful', '--yes', '--confirm', standby, '--accept-data-loss', '0', ...known],
  failback: ['failback', '--yes', ...known],
};

/** A sandbox whose pipeline is moved back and forth, and every job that it was ever given. */
export interface Theatre {
  readonly operator: Operator;
  readonly ledger: LedgerTable;
  readonly jobs: Map<string, OrderFile>;
  /** A few files that are at work when the next move begins. */
  submit(count: number, rows: number): Promise<string[]>;
  /** Until both Regions hold every file: what a Region that goes down has not sent on would be left behind. */
  untilInBoth(): Promise<void>;
  /** Kills a move at the given moment, resumes it, and checks that nothing tells the difference. */
  crashAndResume(crash: Crash): Promise<void>;
  /** After a story that failed half way, so that the next one begins where it expects to. */
  bringHome(): Promise<void>;
  /** Every job succeeded once, with the right output, at most one e-mail, and nothing that had ended has changed since. */
  checkJobs(): Promise<void>;
  leave(): Promise<void>;
}

const midwayMs = 25;

export async function openTheatre(policy: Record<string, number> = {}): Promise<Theatre> {
  const operator = await createOperator();
  await operator.startSandbox({ speed: 10 });
  await setPolicy(operator, { ...patience, ...policy });
  await loadReferences(operator);
  const [buckets, ledger] = await Promise.all([openBuckets(operator), openLedger(operator, standby)]);
  const jobs = new Map<string, OrderFile>();
  const ended = new Map<string, string>();
  let [batch, epoch, machines] = [0, 1, 0];

  async function submit(count: number, rows: number): Promise<string[]> {
    batch += 1;
    const submitted = await submitMany(operator, count, rows, `batch-${batch}`);
    for (const [jobId, file] of submitted) jobs.set(jobId, file);
    return [...submitted.keys()];
  }

  async function crashAndResume({ move, step, moment, resumeFrom }: Crash): Promise<void> {
    const target = move === 'failback' ? home : standby;
    const ungraceful = move === 'ungraceful failover';
    if (ungraceful) await operator.fault('region', home, 'down');
    const killed = await strike(operator, commands[move], step, moment);
    const operationId = String(lastOf(killed, 'operation-started').operationId);
    if (resumeFrom === 'ledger behind') await ledger.forgetEvents(operationId, 2);
    machines += 1;
    const resumed = await drive(operator, [move === 'failback' ? 'failback' : 'failover', '--resume', operationId, '--yes'], resumeFrom === 'elsewhere' ? { stateHome: path.join(operator.home, `machine-${machines}`) } : {});
    epoch += 1;
    expect(lastOf(resumed, 'result'), `${resumed.stdout.slice(-4000)}\n${resumed.stderr}`).toMatchObject({ operationId, outcome: 'done', to: target, epoch, parked: [], failed: [] });
    expect(resumed.exitCode).toBe(0);
    if (ungraceful) await operator.fault('region', home, 'up');
    await expectSettled(operator, target, epoch);
  }

  return {
    operator, ledger, jobs, submit, crashAndResume,
    async untilInBoth() {
      await eventually('both Regions to hold the files', async () => {
        const held = await Promise.all([home, standby].map((region) => buckets.keys(region, 'input/')));
        return held.every((keys) => keys.length >= jobs.size) || undefined;
      });
    },
    async bringHome() {
      await operator.fault('clear');
      await eventually('the pipeline to be at home', async () => {
        const { routing, operation } = await operator.document<StatusDocument>(['status']);
        epoch = routing.epoch ?? epoch;
        if (routing.activeRegion === home && routing.phase === 'active' && !operation) return true;
        await drive(operator, operation ? [operation.kind, '--resume', operation.operationId, '--yes'] : commands.failback);
        return undefined;
      }, 120_000, 1000);
    },
    async checkJobs() {
      const finished = await untilSucceeded(operator, [...jobs.keys()]);
      await checkOutputs(buckets, finished, jobs);
      for (const job of finished) {
        const facts = JSON.stringify([job.epoch, job.region, job.attempt, job.finishedAt, job.outputKey]);
        expect(ended.get(job.jobId) ?? facts, `${job.key} changed after it had ended`).toBe(facts);
        ended.set(job.jobId, facts);
      }
      await checkEmails(operator, [...jobs.keys()]);
      const { succeededLast24h } = (await operator.document<StatusDocument>(['status'])).jobs;
      // The ledger counts commits, so a second one of any job would show here.
      expect(succeededLast24h).toBeLessThanOrEqual(jobs.size);
    },
    async leave() {
      buckets.close();
      ledger.close();
      await operator.leave();
    },
  };
}

/** SIGKILL at the moment; when the command was faster, its result has to be there. */
async function strike(operator: Operator, words: string[], step: string, moment: Moment): Promise<Driven> {
  const killed = await drive(operator, words, {
    onEvent(event, send) {
      if (event.step !== step || event.type !== (moment === 'finished' ? 'step-finished' : 'step-started')) return;
      if (moment === 'midway') setTimeout(() => send('SIGKILL'), midwayMs);
      else send('SIGKILL');
    },
  });
  if (killed.signal !== 'SIGKILL') expect(lastOf(killed, 'result')).toMatchObject({ outcome: 'done' });
  return killed;
}

/** ARC's endpoints may disagree for a while after a change, so the state that they settle on is waited for. */
export async function expectSettled(operator: Operator, active: string, epoch: number): Promise<void> {
  const passive = active === home ? standby : home;
  let seen: StatusDocument | undefined;
  await eventually('the routing to settle', async () => {
    seen = await operator.document<StatusDocument>(['status']);
    return (seen.routing.arc[active] === 'On' && seen.routing.arc[passive] === 'Off' && seen.routing.drift.length === 0) || undefined;
  }, 30_000).catch(() => undefined);
  expect(seen?.routing).toMatchObject({ epoch, phase: 'active', activeRegion: active, arc: { [active]: 'On', [passive]: 'Off' }, mrap: { [active]: 100, [passive]: 0 }, drift: [] });
  expect(seen, 'the lock is free').toMatchObject({ operation: null });
}

async function checkOutputs(buckets: Buckets, finished: JobDocument[], jobs: Map<string, OrderFile>): Promise<void> {
  for (const job of finished) {
    expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED' });
    const expected = jobs.get(job.jobId)?.expected;
    expect(await buckets.read(job.region ?? home, job.outputKey ?? ''), `output of ${job.key}`).toBe(expected);
  }
}

/** A Region that was cut off leaves its e-mails to the other one, which gives it a minute before it sends them. */
const emailsMs = 150_000;

/** One each; one that an outage cut off in the middle of its sending is uncertain, and never sent again. */
async function checkEmails(operator: Operator, jobIds: string[]): Promise<void> {
  const counts = await eventually('e-mails to be settled', async () => {
    const seen = await emailsByJob(operator, jobIds);
    const missing = (await readJobs(operator, jobIds)).filter((job) => !seen.has(job.jobId));
    return missing.every((job) => job.notification === 'UNCERTAIN' || job.notification === 'SENDING') ? seen : undefined;
  }, emailsMs);
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
}
