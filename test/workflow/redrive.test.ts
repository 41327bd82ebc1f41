import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/core/job.js';
import type { ReadPorts, WritePorts } from '../../src/workflow/ports.js';
import { redriveJobs } from '../../src/workflow/redrive.js';

const region = 'us-east-1';
const failed = (more: Partial<Job> = {}): Job => ({
  jobId: 'job', key: 'input/a.csv', versionId: 'v', bytes: 1, status: 'FAILED', epoch: 1, region, attempt: 1, executionArn: 'arn:failed', presentIn: { [region]: 'then' },
  error: { code: 'JOB_FAILED', message: 'S3 did not answer', step: 'Parts' }, ...more,
} as unknown as Job);

/** One failed job whose execution Step Functions would redrive; `redrive` is what its call meets. */
async function run(job: Job, redrive: (since: string) => Promise<void>): Promise<{ how: string; failedAgain: number; started: number }> {
  let [failedAgain, started] = [0, 0];
  const ledger = {
    readControl: () => Promise.resolve({ phase: 'active', activeRegion: region, epoch: 1 }),
    readJob: () => Promise.resolve(job),
    reopenJob: () => Promise.resolve({ kind: 'claimed' }),
    failJob: () => { failedAgain += 1; return Promise.resolve(); },
    retryJob: () => Promise.resolve({ kind: 'claimed', claim: { epoch: 1, region, attempt: 2 } }),
    recordExecution: () => Promise.resolve(),
  };
  const read = {
    clock: { now: () => new Date('2026-03-01T06:00:00Z'), sleep: () => Promise.resolve() },
    ledgers: { [region]: ledger },
    executions: { [region]: { describe: () => Promise.resolve({ redrivable: true }) } },
  };
  const write = { ledgers: { [region]: ledger }, executions: { [region]: {
    start: () => { started += 1; return Promise.resolve({ executionArn: 'arn:new' }); },
    redrive: (_arn: string, since: string) => redrive(since),
  } } };
  const [outcome] = await redriveJobs(read as unknown as ReadPorts, write as unknown as WritePorts, { jobs: ['job'], dryRun: false });
  return { how: outcome?.how ?? '', failedAgain, started };
}

describe('running a failed job again', () => {
  it('goes on with its execution', async () => {
    expect(await run(failed(), () => Promise.resolve())).toEqual({ how: 'redriven-execution', failedAgain: 0, started: 0 });
  });

  it('says the same wish again when its answer was lost, or the execution that runs would count as failed', async () => {
    const wishes: string[] = [];
    const result = await run(failed(), (since) => {
      wishes.push(since);
      return wishes.length === 1 ? Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })) : Promise.resolve();
    });
    expect(result).toEqual({ how: 'redriven-execution', failedAgain: 0, started: 0 });
    expect(wishes).toHaveLength(2);
    expect(new Set(wishes).size).toBe(1);
  });

  it('starts a new execution where Step Functions takes no redrive', async () => {
    expect(await run(failed(), () => Promise.reject(Object.assign(new Error('too old'), { name: 'ExecutionNotRedrivable' })))).toEqual({ how: 'new-execution', failedAgain: 1, started: 1 });
  });

  it('starts a new execution when merging failed: going on would merge the same parts for ever', async () => {
    const job = failed({ error: { code: 'MERGE_FAILED', message: 'part 3 is another version', step: 'Merge' } });
    expect(await run(job, () => Promise.resolve())).toEqual({ how: 'new-execution', failedAgain: 0, started: 1 });
  });
});
