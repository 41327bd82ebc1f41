import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MoveDocument, SandboxDocument } from '../documents.js';
import type { Operator } from '../operator.js';
import { eventually, home, openStage, standby, type Stage } from '../scene.js';
import { processedIn } from './processed-in.js';
import { synthesise } from './synthesise.js';

/** Every choice that is off by default and leaves the Regions alone. */
const context = { notify: 'sns', notifyTo: 'results@example.com', encryption: 'kms', chaos: 'true' };

describe('a deployment with results through SNS, keys of the account\'s own, and experiments', () => {
  let stage: Stage;
  let operator: Operator;
  const jobs = new Map<string, string>();

  beforeAll(async () => {
    stage = await openStage((at) => synthesise(path.join(at.home, 'cdk.out'), context));
    operator = stage.operator;
  });

  afterAll(() => stage?.leave());

  const outbox = async (): Promise<SandboxDocument['outbox']> => (await operator.document<SandboxDocument>(['sandbox', 'status', '--dir', operator.sandbox])).outbox;
  const told = async (jobId: string): Promise<SandboxDocument['outbox']> => (await outbox()).filter((mail) => mail.text?.includes(`batchctl output ${jobId}`));

  const roleOf = async (role: string): Promise<Record<string, string>> => (await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--role', role, '--dir', operator.sandbox])).environment;

  async function processIn(region: string, prefix: string): Promise<void> {
    for (const job of await processedIn(stage, region, { files: 3, prefix })) jobs.set(job.jobId, region);
  }

  it('tells each job\'s result exactly once, through the topic of the Region that ran it, on both sides of a move', async () => {
    await processIn(home, 'first');
    await eventually(`a GO to ${standby}`, async () => {
      const { stdout } = await operator.run(['assess', '--to', standby, '-o', 'json']);
      return (JSON.parse(stdout) as { recommendation: { verdict: string } }).recommendation.verdict.startsWith('GO') || undefined;
    }, 400_000);
    // Moved and read by people, whose roles need the keys too.
    const moved = await operator.run(['failover', '--to', standby, '--yes', '-o', 'json'], { env: await roleOf('operator') });
    expect(JSON.parse(moved.stdout) as MoveDocument).toMatchObject({ outcome: 'done', to: standby });
    const [jobId] = [...jobs.keys()];
    const read = await operator.run(['output', jobId ?? ''], { env: await roleOf('observer') });
    expect(read).toMatchObject({ exitCode: 0 });
    await processIn(standby, 'second');
    for (const [jobId, region] of jobs) {
      await eventually(`the result of ${jobId} to be told`, async () => ((await told(jobId)).length > 0 ? true : undefined));
      expect(await told(jobId)).toMatchObject([{ via: 'sns', region, topicArn: `arn:aws:sns:${region}:111122223333:batchctl-results`, to: ['results@example.com'] }]);
    }
    expect((await outbox()).filter((mail) => mail.via === 'ses')).toEqual([]);
  });

  it('doctor looks at the topics, as an observer too, and not at SES', async () => {
    const { stdout } = await operator.run(['doctor', '-o', 'json'], { env: await roleOf('observer') });
    const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string; detail: string }[] };
    expect(findings.filter((finding) => finding.check === 'mail')).toMatchObject([{ level: 'ok', detail: 'batchctl-results has a subscriber' }, { level: 'ok', detail: 'batchctl-results has a subscriber' }]);
    expect(findings.filter((finding) => finding.check === 'permissions' && finding.level !== 'ok')).toEqual([]);
  });
});
