import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Buckets } from '../buckets.js';
import type { SandboxDocument, StatusDocument } from '../documents.js';
import type { Operator } from '../operator.js';
import type { OrderFile } from '../orders.js';
import { eventually, home, openStage, submitMany, untilSucceeded, type Stage } from '../scene.js';
import { synthesise, synthesiseNewCode } from './synthesise.js';

interface Deployed { created: number; updated: number; removed: number; epoch: number; activeRegion: string; set: string[] }
interface Described { codeVersion: string; regions: Record<string, { stateMachineArn: string }> }

/** Small parts, so that jobs have many steps in which an upgrade can meet them. */
const choices = { partMinBytes: '4096', inlineParts: '4' };

/** One story: jobs are half done when everything under them is deployed anew, twice. */
describe('an upgrade while jobs run', () => {
  let stage: Stage;
  let operator: Operator;
  let buckets: Buckets;
  const submitted = new Map<string, OrderFile>();
  let before: Described;
  let next: string;
  let begunAt: string;

  beforeAll(async () => {
    stage = await openStage((at) => synthesise(path.join(at.home, 'first'), choices));
    ({ operator, buckets } = stage);
    next = await synthesiseNewCode(path.join(operator.home, 'second'), choices);
  });

  afterAll(() => stage?.leave());

  const described = async (): Promise<Described> => JSON.parse((await operator.read('../config/batchctl/sandbox.json')).toString()) as Described;
  const deploy = (assembly: string): Promise<Deployed> => operator.document<Deployed>(['sandbox', 'deploy', '--assembly', assembly, '--dir', operator.sandbox]);

  it('meets jobs in the middle of their work', async () => {
    before = await described();
    for (const [jobId, file] of await submitMany(operator, 8, 4000, 'running')) submitted.set(jobId, file);
    await eventually('parts of jobs that are not done', async () => {
      const [parts, outputs] = await Promise.all([buckets.parts(home), buckets.keys(home, 'output/')]);
      return (parts.length >= 8 && outputs.length < submitted.size) || undefined;
    }, 120_000);
  });

  it('changes the code of every function and no state machine, while more is submitted', async () => {
    begunAt = new Date().toISOString();
    const [deployed, more] = await Promise.all([deploy(next), submitMany(operator, 4, 4000, 'meanwhile')]);
    for (const [jobId, file] of more) submitted.set(jobId, file);
    expect(deployed).toMatchObject({ created: 0, removed: 0, epoch: 1, activeRegion: home, set: [] });
    const after = await described();
    expect(after.codeVersion).not.toBe(before.codeVersion);
    expect(Object.values(after.regions).map((region) => region.stateMachineArn)).toEqual(Object.values(before.regions).map((region) => region.stateMachineArn));
  });

  it('loses nothing: every job ends once, in its first attempt, with the right output and one e-mail', async () => {
    const jobs = await untilSucceeded(operator, [...submitted.keys()]);
    // Those that were there before it, and ended after it had begun.
    expect(jobs.filter((job) => job.key.includes('running') && (job.finishedAt ?? '') > begunAt)).not.toEqual([]);
    for (const job of jobs) {
      expect(job).toMatchObject({ status: 'SUCCEEDED', region: home, attempt: 1 });
      expect(await buckets.read(home, job.outputKey ?? '')).toBe(submitted.get(job.jobId)?.expected);
    }
    const outbox = await eventually('the last e-mail', async () => {
      const { outbox: sent } = await operator.document<SandboxDocument>(['sandbox', 'status', '--dir', operator.sandbox]);
      return sent.length >= submitted.size ? sent : undefined;
    });
    for (const jobId of submitted.keys()) expect(outbox.filter((mail) => mail.text?.includes(`batchctl output ${jobId}`)), jobId).toHaveLength(1);
  });

  it('has both Regions say so: the code that runs is the code that the file names', async () => {
    const version = (await described()).codeVersion;
    await eventually('both Regions to stamp their version', async () => {
      const { stdout } = await operator.run(['doctor', '-o', 'json']);
      const findings = (JSON.parse(stdout) as { findings: { check: string; level: string; detail: string }[] }).findings.filter((finding) => finding.check === 'code-version');
      return (findings.every((finding) => finding.level === 'ok') && JSON.stringify(findings).includes(version)) || undefined;
    }, 180_000, 2000);
  });

  it('takes a choice on and off again: what it made is gone, and the routing is where it was', async () => {
    const on = await deploy(await synthesise(path.join(operator.home, 'third'), { ...choices, notify: 'sns' }));
    expect(on.created).toBeGreaterThan(0);
    const off = await deploy(next);
    expect(off).toMatchObject({ epoch: 1, activeRegion: home, set: [] });
    expect(off.removed).toBeGreaterThan(0);
    const [jobId] = [...(await submitMany(operator, 1, 200, 'last')).keys()];
    await untilSucceeded(operator, [jobId ?? '']);
    expect((await operator.document<StatusDocument>(['status'])).routing).toMatchObject({ epoch: 1, phase: 'active', activeRegion: home, drift: [] });
  });
});
