import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalJournal } from '../../src/cli/local-journal.js';
import { journalVersion } from '../../src/core/journal-copies.js';
import type { OperationEvent } from '../../src/core/operation.js';
import { sampleDeployment } from '../config/sample-deployment.js';
import { capture } from './capture.js';

const started = { type: 'operation-started', at: '2026-11-21T06:00:00Z', operationId: 'op-1', operator: 'ann', plan: { kind: 'failover', to: 'us-west-2', steps: [] } };

/** Every call to AWS is refused at once, so that this machine's journal is all there is to go by. */
describe('failover --resume without a ledger', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-resume-'));
    await mkdir(path.join(home, 'config/batchctl'), { recursive: true });
    await writeFile(path.join(home, 'config/batchctl/sample.json'), JSON.stringify(sampleDeployment({ transport: { connectTo: [] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'b' } })));
  });
  afterEach(async () => { await rm(home, { recursive: true }); });

  async function resume(...events: unknown[]): Promise<unknown> {
    const journal = createLocalJournal(path.join(home, 'state/batchctl/journals/sample'));
    for (const [sequence, event] of events.entries()) await journal.append('op-1', sequence, event as OperationEvent);
    const { exitCode, stdout } = await capture(['failover', '--resume', 'op-1', '--yes', '-o', 'json'], { XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), HOME: home });
    return { exitCode, ...JSON.parse(stdout) as object };
  }

  it('refuses a journal that a newer batchctl wrote, and names both versions', async () => {
    const message = `The journal of operation op-1 has version ${journalVersion + 1}; this batchctl reads versions up to ${journalVersion}.`;
    expect(await resume({ ...started, journalVersion: journalVersion + 1 })).toMatchObject({ exitCode: 3, error: { code: 'JOURNAL_NEWER', message } });
  });

  it.each([
    ['another deployment', { deployment: 'production', account: '111122223333' }],
    ['a deployment of the same name in another account', { deployment: 'sample', account: '999999999999' }],
  ])('moves nothing by a journal of %s, wherever it was copied from', async (_, made) => {
    expect(await resume({ ...started, plan: { ...started.plan, ...made } })).toMatchObject({ exitCode: 3, error: { code: 'OTHER_DEPLOYMENT', message: expect.stringContaining('Nothing was touched') as string } });
  });

  it('has nothing to go on with where an operation was put back, or is unknown', async () => {
    expect(await resume()).toMatchObject({ exitCode: 3, error: { code: 'OPERATION_UNKNOWN' } });
    const cancelled = { type: 'operation-finished', at: '2026-11-21T06:01:00Z', operationId: 'op-1', outcome: 'cancelled', result: { outcome: 'cancelled' } };
    expect(await resume(started, cancelled)).toMatchObject({ exitCode: 3, error: { code: 'NOTHING_TO_RESUME' } });
  });
});
