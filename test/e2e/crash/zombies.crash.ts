import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MoveDocument, OneJobDocument, StatusDocument } from '../documents.js';
import { eventually, home, readJobs, standby } from '../scene.js';
import { commands, expectSettled, openTheatre, type Theatre } from './theatre.js';

interface Haunted extends StatusDocument {
  zombies: Record<string, string[] | null>;
  refusedCommits: { jobId: string; region: string; epoch: number; orphanOutputKey: string | null }[];
}

const files = 200;

/** The old Region cannot be reached and does not know it: it works on, and comes back in the middle of it. */
describe('two hundred open jobs, and a Region that comes back from the dead', () => {
  let theatre: Theatre;
  let result: MoveDocument;
  let jobIds: string[];
  beforeAll(async () => { theatre = await openTheatre({ probeTimeoutSeconds: 10 }); });
  afterAll(() => theatre?.leave());
  const assess = (): Promise<StatusDocument> => theatre.operator.document<StatusDocument>(['assess', '--to', standby, '--mode', 'ungraceful']);
  const status = (): Promise<Haunted> => theatre.operator.document<Haunted>(['status']);

  it('fails over without it', { timeout: 300_000 }, async () => {
    jobIds = await theatre.submit(files, 1500);
    // What has begun cannot end: its functions are throttled, so it is still at work when the Region comes back.
    await theatre.operator.fault('service', `lambda@${home}`, 'throttle');
    await eventually('the standby to hold every input', async () => (await readJobs(theatre.operator, jobIds)).every((job) => job.presentIn.includes(standby)) || undefined);
    const open = (await readJobs(theatre.operator, jobIds)).filter((job) => job.status !== 'SUCCEEDED');
    expect(open.length, 'jobs that are open when the Region goes').toBeGreaterThan(files / 2);
    await theatre.operator.fault('region', home, 'isolated');
    await eventually('evidence against it', async () => (await assess()).recommendation.verdict === 'GO' || undefined, 120_000);
    result = await theatre.operator.document<MoveDocument>(commands['ungraceful failover']);
    expect(result).toMatchObject({ outcome: 'done', epoch: 2, parked: [], failed: [] });
    expect([...result.redriven, ...result.alreadyDone].map((job) => job.jobId).sort()).toEqual([...jobIds].sort());
    expect(result.redriven.length).toBeGreaterThan(0);
  });

  it('lists its executions as zombies when it is back, and its late commits with their orphans', { timeout: 300_000 }, async () => {
    await new Promise((resolve) => { setTimeout(resolve, 30_000); });
    await theatre.operator.fault('clear');
    const seen = await eventually('zombies', async () => {
      const shown = await status();
      return (shown.zombies[home]?.length ?? 0) > 0 ? shown : undefined;
    }, 30_000);
    expect(seen.zombies[home]?.filter((name) => !name.includes('-e1-'))).toEqual([]);
    expect(seen.zombies[standby]).toEqual([]);
  });

  it('has them stopped by its own sweep, and every job ends once', { timeout: 300_000 }, async () => {
    await eventually('the zombies to be stopped', async () => (await status()).zombies[home]?.length === 0 || undefined, 120_000);
    await theatre.checkJobs();
    const redriven = new Set(result.redriven.map((job) => job.jobId));
    const { refusedCommits } = await status();
    for (const refused of refusedCommits) {
      expect(redriven.has(refused.jobId)).toBe(true);
      expect(refused).toMatchObject({ region: home, epoch: 1, orphanOutputKey: expect.stringContaining(refused.jobId) });
      const job = await theatre.operator.document<OneJobDocument & { refusedCommits: { orphanOutputKey: string | null }[] }>(['job', refused.jobId]);
      expect(job.refusedCommits).toContainEqual(expect.objectContaining({ orphanOutputKey: refused.orphanOutputKey }));
      expect(job.outputKey).not.toBe(refused.orphanOutputKey);
    }
    await expectSettled(theatre.operator, standby, 2);
  });
});
