import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRoutingVeto } from '../../../infra/pipeline/arc-veto.js';
import { commit } from '../../../infra/pipeline/commit.js';
import { fail, jobErrorOf } from '../../../infra/pipeline/fail.js';
import { ingest, type IngestPorts } from '../../../infra/pipeline/ingest.js';
import { type Mail, notify, type NotifyPorts, stateAfter } from '../../../infra/pipeline/notify.js';
import { recordFailedExecution } from '../../../infra/pipeline/failed-execution.js';
import { sweep, type SweepPorts } from '../../../infra/pipeline/sweep.js';
import { jobIdOf, type JobRunInput } from '../../../src/core/job.js';
import { type LedgerTable, openLedgerTable, TestClock } from '../../aws/ledger/ledger-table.js';
import { MemoryObjects } from './memory-objects.js';
import { recordTelemetry, type RecordedTelemetry } from './sample.js';

interface Vantage {
  objects: MemoryObjects;
  telemetry: RecordedTelemetry;
  started: JobRunInput[];
  notified: string[];
  executions: Map<string, { status: string; stoppedAt?: string; input?: string; error?: string; cause?: string }>;
  /** ARNs that were stopped. */
  stopped: string[];
  /** Names of executions that run. */
  running: string[];
  ports: SweepPorts & IngestPorts;
}

let table: LedgerTable;
let east: Vantage;
let west: Vantage;
beforeAll(async () => { table = await openLedgerTable(); });
afterAll(() => table.close());

function vantage(region: string): Vantage {
  const objects = new MemoryObjects();
  const telemetry = recordTelemetry(table.clock);
  const started: JobRunInput[] = [];
  const notified: string[] = [];
  const executions: Vantage['executions'] = new Map();
  const stopped: string[] = [];
  const running: string[] = [];
  const ports: SweepPorts & IngestPorts = {
    region, objects, telemetry, ledger: table.ledger(region), clock: table.clock, codeVersion: 'code',
    routingVeto: () => Promise.resolve(false),
    startExecution: (run) => { started.push(run); return Promise.resolve({ executionArn: `arn:${region}:${run.jobId}-${run.epoch}` }); },
    executions: {
      describe: (executionArn) => { const found = executions.get(executionArn); return Promise.resolve(found && { executionArn, ...found }); },
      lastState: () => Promise.resolve('ProcessPart'),
      async *listRunning() { for (const name of running) yield await Promise.resolve({ executionArn: `arn:${name}`, name, startedAt: table.clock.at() }); },
      stop: (executionArn) => { stopped.push(executionArn); return Promise.resolve(); },
    },
    alert: () => Promise.resolve(),
    invokeNotify: (jobId) => { notified.push(jobId); return Promise.resolve(); },
    remainingMs: () => 40_000,
  };
  return { objects, telemetry, started, notified, executions, stopped, running, ports };
}

/** Every test gets a ledger of its own. */
beforeEach(async () => {
  await table.close();
  table = await openLedgerTable();
  east = vantage('us-east-1');
  west = vantage('us-west-2');
});

const ledger = () => table.ledger('us-east-1');
const created = (key: string, versionId = 'v') => ({ detail: { object: { key, 'version-id': versionId } } });
async function control(epoch: number, activeRegion = 'us-east-1', phase: 'active' | 'draining' | 'fenced' = 'active'): Promise<void> {
  const item = { epoch, activeRegion, phase, changedAt: table.clock.at(), changedBy: 'test' };
  const standing = await ledger().readControl();
  if (standing) await ledger().replaceControl(standing, item);
  else await ledger().createControl(item);
}
const merged = { outputKey: 'output/job/e1-a1/a.csv', outputVersionId: 'ov', outputBytes: 1, rejectsKey: 'output/job/e1-a1/a.rejects.csv', rejectsVersionId: 'rv', rows: { in: 3, out: 2, rejected: 1 }, parts: 1, partsKept: 0 };

async function runningIn(where: Vantage, key: string): Promise<JobRunInput> {
  where.objects.put(key, 'x', {}, 'v');
  await ingest(created(key), where.ports);
  return where.started.at(-1)!;
}

describe('ingest', () => {
  it('accepts, claims and starts in the active Region, once for any number of events', async () => {
    await control(3);
    east.objects.put('input/a.csv', 'abc', { sha256: 'cafe' }, 'v');
    const outcomes = await Promise.all([created('input/a.csv'), created('input/a.csv')].map((event) => ingest(event, east.ports)));
    expect(outcomes).toEqual([{ jobId: jobIdOf('input/a.csv', 'v'), action: 'started' }, { jobId: jobIdOf('input/a.csv', 'v'), action: 'started' }]);
    expect(east.started[0]).toEqual({ jobId: jobIdOf('input/a.csv', 'v'), key: 'input/a.csv', versionId: 'v', bytes: 3, epoch: 3, region: 'us-east-1', attempt: 1 });
    // The same name and the same text: Step Functions takes both for one.
    expect(JSON.stringify(east.started[1])).toBe(JSON.stringify(east.started[0]));
    expect(await ledger().readJob(outcomes[0]!.jobId!)).toMatchObject({ status: 'RUNNING', checksum: 'cafe', executionArn: expect.any(String) as string });
  });

  it('only notes the arrival in the passive Region, in either order of events', async () => {
    await control(1);
    for (const [key, order] of [['input/b.csv', [east, west]], ['input/c.csv', [west, east]]] as const) {
      for (const where of order) { where.objects.put(key, 'x', {}, 'v'); await ingest(created(key), where.ports); }
      const job = await ledger().readJob(jobIdOf(key, 'v'));
      expect(Object.keys(job!.presentIn).sort()).toEqual(['us-east-1', 'us-west-2']);
      expect(job).toMatchObject({ status: 'RUNNING', region: 'us-east-1' });
    }
    expect(west.started).toEqual([]);
  });

  it.each(['draining', 'fenced'] as const)('holds what comes while %s', async (phase) => {
    await control(1, 'us-east-1', phase);
    east.objects.put('input/d.csv', 'x', {}, 'v');
    expect(await ingest(created('input/d.csv'), east.ports)).toMatchObject({ action: 'held' });
    expect(await ledger().readJob(jobIdOf('input/d.csv', 'v'))).toMatchObject({ status: 'ACCEPTED' });
  });

  it('holds before there is a control item, and under a veto', async () => {
    east.objects.put('input/e.csv', 'x', {}, 'v');
    expect((await ingest(created('input/e.csv'), east.ports)).action).toBe('held');
    await control(1);
    expect((await ingest(created('input/e.csv'), { ...east.ports, routingVeto: () => Promise.resolve(true) })).action).toBe('held');
    expect(east.started).toEqual([]);
  });

  it('takes a key as it is first, decoded only when that does not exist', async () => {
    await control(1);
    east.objects.put('input/50%25+1.csv', 'raw', {}, 'v');
    east.objects.put('input/50% 1.csv', 'decoded', {}, 'v');
    east.objects.put('input/a b.csv', 'x', {}, 'v');
    expect((await ingest(created('input/50%25+1.csv'), east.ports)).jobId).toBe(jobIdOf('input/50%25+1.csv', 'v'));
    expect((await ingest(created('input/a+b.csv'), east.ports)).jobId).toBe(jobIdOf('input/a b.csv', 'v'));
    expect(await ingest(created('input/%zz.csv'), east.ports)).toEqual({ action: 'gone' });
  });

  it.each(['output/x.csv', 'work/x.csv', 'canary/x.csv', 'input/folder/'])('ignores %s', async (key) => {
    expect(await ingest(created(key), east.ports)).toEqual({ action: 'ignored' });
    expect(await ledger().readJob(jobIdOf(key, 'v'))).toBeUndefined();
  });
});

describe('sweep', () => {
  it('goes on in the new Region after a failover: starts what is there, parks what is not, starts that when it comes', async () => {
    await control(1);
    await runningIn(east, 'input/here.csv');
    await runningIn(east, 'input/absent.csv');
    west.objects.put('input/here.csv', 'x', {}, 'v');
    await control(2, 'us-west-2');
    expect(await sweep(west.ports)).toMatchObject({ open: 2, started: 1, parked: 1, failures: 0 });
    expect(west.started).toMatchObject([{ key: 'input/here.csv', epoch: 2, region: 'us-west-2' }]);
    expect(await ledger().readJob(jobIdOf('input/absent.csv', 'v'))).toMatchObject({ status: 'PARKED', parkedReason: expect.stringContaining('us-west-2') as string });
    expect(await sweep(west.ports)).toMatchObject({ started: 0, parked: 0 });
    west.objects.put('input/absent.csv', 'x', {}, 'v');
    expect(await sweep(west.ports)).toMatchObject({ started: 1, stamped: 1 });
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
  });

  it('starts what was held, but not while the pipeline drains', async () => {
    await control(1, 'us-east-1', 'draining');
    east.objects.put('input/a.csv', 'x', {}, 'v');
    await ingest(created('input/a.csv'), east.ports);
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
    await control(2);
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
  });

  it('starts a claim again whose start was never recorded, after a minute', async () => {
    await control(1);
    east.objects.put('input/a.csv', 'x', {}, 'v');
    await expect(ingest(created('input/a.csv'), { ...east.ports, startExecution: () => Promise.reject(new Error('throttled')) })).rejects.toThrow();
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
    table.clock.advance(61_000);
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
    expect(east.started[0]).toMatchObject({ attempt: 1 });
  });

  it('parks an input of the other Region that does not arrive, although nobody ever claimed it', async () => {
    await control(1);
    west.objects.put('input/late.csv', 'x', {}, 'v');
    await ingest(created('input/late.csv'), west.ports);
    expect(await sweep(east.ports)).toMatchObject({ started: 0, parked: 0 });
    table.clock.advance(5 * 60_000 + 1);
    expect(await sweep(west.ports)).toMatchObject({ parked: 0 });
    expect(await sweep(east.ports)).toMatchObject({ parked: 1 });
    expect(await ledger().readJob(jobIdOf('input/late.csv', 'v'))).toMatchObject({ status: 'PARKED', parkedReason: expect.stringContaining('us-east-1') as string });
    east.objects.put('input/late.csv', 'x', {}, 'v');
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
  });

  it('notes in the passive Region which inputs have arrived', async () => {
    await control(1);
    const { jobId } = await runningIn(east, 'input/a.csv');
    west.objects.put('input/a.csv', 'x', {}, 'v');
    expect(await sweep(west.ports)).toMatchObject({ stamped: 1, started: 0 });
    expect((await ledger().readJob(jobId))?.presentIn).toHaveProperty('us-west-2');
    expect((await ledger().readStanding(['us-east-1', 'us-west-2'])).versions).toEqual({ 'us-west-2': 'code' });
  });

  it('asks again for e-mails that nobody sent, and gives up on those that nobody will settle', async () => {
    await control(1);
    const pending = await runningIn(east, 'input/pending.csv');
    const sending = await runningIn(east, 'input/sending.csv');
    for (const run of [pending, sending]) await commit(run, merged, east.ports as never);
    await ledger().beginNotification(sending.jobId, 'dead', table.clock.at());
    await sweep(east.ports);
    expect(east.notified).toEqual([]);
    table.clock.advance(61_000);
    await sweep(east.ports);
    await sweep(west.ports);
    expect(east.notified).toEqual([pending.jobId]);
    expect(west.notified).toEqual([]);
    table.clock.advance(15 * 60_000);
    await sweep(east.ports);
    expect((await ledger().readJob(sending.jobId))?.notification).toBe('UNCERTAIN');
  });

  it('fails a job whose execution was stopped or timed out, and no other', async () => {
    await control(1);
    const stopped = await runningIn(east, 'input/stopped.csv');
    const alive = await runningIn(east, 'input/alive.csv');
    east.executions.set(`arn:us-east-1:${stopped.jobId}-1`, { status: 'ABORTED', stoppedAt: table.clock.at(), input: JSON.stringify(stopped) });
    east.executions.set(`arn:us-east-1:${alive.jobId}-1`, { status: 'RUNNING', input: JSON.stringify(alive) });
    table.clock.advance(5 * 60_000);
    await sweep(east.ports);
    expect(await ledger().readJob(stopped.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'PART_FAILED', message: expect.stringContaining('EXECUTION_ABORTED') as string, step: 'Parts' } });
    expect(await ledger().readJob(alive.jobId)).toMatchObject({ status: 'RUNNING' });
  });

  it('stops what an older epoch left running here, but not before it had time to be refused, and nothing that is not ours', async () => {
    await control(2, 'us-west-2');
    const id = 'a'.repeat(32);
    east.running.push(`${id}-e1-a1`, `${id}-e2-a1`, 'somebody-elses-e1-a1');
    expect(await sweep(east.ports)).toMatchObject({ zombiesStopped: 0 });
    table.clock.advance(3 * 60_000);
    expect(await sweep(east.ports)).toMatchObject({ zombiesStopped: 1 });
    expect(east.stopped).toEqual([`arn:${id}-e1-a1`]);
  });

  it('goes on with the other jobs when one cannot be looked at', async () => {
    await control(1);
    await runningIn(east, 'input/a.csv');
    await runningIn(east, 'input/b.csv');
    west.objects.put('input/b.csv', 'x', {}, 'v');
    await control(2, 'us-west-2');
    const head = west.objects.head.bind(west.objects);
    west.objects.head = (key, versionId) => (key === 'input/a.csv' ? Promise.reject(new Error('slow down')) : head(key, versionId));
    expect(await sweep(west.ports)).toMatchObject({ started: 1, parked: 0, failures: 1 });
  });
});

describe('an execution that ended badly', () => {
  const event = (run: JobRunInput) => ({ detail: { executionArn: `arn:us-east-1:${run.jobId}-${run.epoch}` } });

  it('is written into its row, with the state that failed and what that state said', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    east.executions.set(event(run).detail.executionArn, { status: 'FAILED', input: JSON.stringify(run), error: 'States.Timeout', cause: 'too slow' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: true });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'PART_FAILED', message: 'States.Timeout: too slow', step: 'Parts' } });
  });

  it('is old news when the execution was redriven meanwhile, or is no job of ours', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    east.executions.set(event(run).detail.executionArn, { status: 'RUNNING', input: JSON.stringify(run) });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    east.executions.set(event(run).detail.executionArn, { status: 'FAILED', input: '{"other":1}' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING' });
  });

  it('is no failure when a newer epoch had it stopped and has not claimed the job yet', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await control(2, 'us-west-2');
    east.executions.set(event(run).detail.executionArn, { status: 'ABORTED', input: JSON.stringify(run), error: 'Superseded', cause: 'superseded by epoch 2 in us-west-2' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING', epoch: 1 });
  });

  it('can go on under the same claim, and commits then', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    const claim = { epoch: run.epoch, region: run.region, attempt: run.attempt };
    await ledger().failJob(run.jobId, claim, { code: 'PART_FAILED', message: 'x', step: 'Parts' }, table.clock.at());
    expect(await ledger().reopenJob(run.jobId, { ...claim, attempt: 2 }, table.clock.at())).toMatchObject({ kind: 'superseded' });
    const before = await ledger().readJob(run.jobId);
    expect(await ledger().reopenJob(run.jobId, claim, table.clock.at())).toMatchObject({ kind: 'claimed', claim });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING', executionArn: before?.executionArn });
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().reopenJob(run.jobId, claim, table.clock.at())).toMatchObject({ kind: 'finished' });
  });
});

describe('commit and fail', () => {
  it('counts and reports a success', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().countSucceeded(1)).toBe(1);
    expect(east.telemetry.total('JobsSucceeded')).toBe(1);
  });

  it('counts it once, when its step runs again because the answer was lost', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await commit(run, merged, east.ports as never);
    await table.clock.sleep(1000);
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().countSucceeded(1)).toBe(1);
    expect(east.telemetry.total('JobsSucceeded')).toBe(1);
  });

  it('keeps the proof of a refused commit', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await ledger().claimJob(run.jobId, { epoch: 2, region: 'us-west-2', at: table.clock.at() });
    expect(await commit(run, merged, east.ports as never)).toMatchObject({ committed: false, reason: expect.stringContaining('epoch 2') as string });
    expect(await ledger().listRefusedCommits('2026')).toMatchObject([{ jobId: run.jobId, attempted: { epoch: 1 }, holder: { epoch: 2, region: 'us-west-2' }, orphanOutputKey: merged.outputKey }]);
    expect(east.telemetry.total('CommitRefused')).toBe(1);
  });

  it('writes the cause and alerts, and a lost alert changes nothing', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    const caught = { step: 'Split', error: 'InputRejected', cause: JSON.stringify({ errorType: 'InputRejected', errorMessage: 'WRONG_HEADER: the header must be: x' }) };
    expect(await fail(run, caught, { ...east.ports, alert: () => Promise.reject(new Error('SNS is down')) } as never)).toEqual({ recorded: true });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'WRONG_HEADER', message: 'the header must be: x', step: 'Split' } });
  });

  it('neither fails nor alerts about a job that has moved on', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await ledger().claimJob(run.jobId, { epoch: 2, region: 'us-west-2', at: table.clock.at() });
    const alerts: string[] = [];
    expect(await fail(run, { step: 'Merge', error: 'Error', cause: 'x' }, { ...east.ports, alert: (subject: string) => { alerts.push(subject); return Promise.resolve(); } } as never)).toEqual({ recorded: false });
    expect(alerts).toEqual([]);
  });

  it.each([
    [{ step: 'Parts', error: 'States.Timeout', cause: '' }, { code: 'PART_FAILED', message: 'States.Timeout', step: 'Parts' }],
    [{ step: 'Merge', error: 'Error', cause: '{"errorMessage":"part 3 is missing"}' }, { code: 'MERGE_FAILED', message: 'Error: part 3 is missing', step: 'Merge' }],
    [{ step: 'Elsewhere', error: 'X', cause: 'not JSON' }, { code: 'JOB_FAILED', message: 'X: not JSON', step: 'Elsewhere' }],
  ])('reads %j', (caught, error) => expect(jobErrorOf(caught)).toEqual(error));
});

describe('notify', () => {
  const error = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
  const http = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

  async function committed(): Promise<string> {
    await control(1);
    const run = await runningIn(east, 'input/orders.csv');
    await commit(run, merged, east.ports as never);
    return run.jobId;
  }
  function ports(send: (mail: Mail) => Promise<void>, sender = 'one'): NotifyPorts {
    return { ...east.ports, ledger: ledger(), sender, send, presign: ({ key, versionId }) => Promise.resolve(`https://signed/${key}?${versionId}`) };
  }

  it('sends one e-mail with counts and both links, however often it is asked', async () => {
    const jobId = await committed();
    const mails: Mail[] = [];
    const send = (mail: Mail): Promise<void> => { mails.push(mail); return Promise.resolve(); };
    await Promise.all(['a', 'b', 'c'].map((sender) => notify(jobId, ports(send, sender))));
    expect(await notify(jobId, ports(send, 'd'))).toEqual({ state: 'SENT' });
    expect(mails).toHaveLength(1);
    expect(mails[0]!.subject).toBe('orders.csv: 2 rows, 1 rejected');
    expect(mails[0]!.text).toContain(`https://signed/${merged.outputKey}?ov`);
    expect(mails[0]!.text).toContain(`https://signed/${merged.rejectsKey}?rv`);
    expect(JSON.stringify(east.telemetry.lines)).not.toContain('https://signed');
  });

  it('never sends again after an answer that did not come', async () => {
    const jobId = await committed();
    let sent = 0;
    const send = (): Promise<void> => { sent += 1; return Promise.reject(error('TimeoutError')); };
    expect(await notify(jobId, ports(send))).toEqual({ state: 'UNCERTAIN' });
    expect(await notify(jobId, ports(send, 'two'))).toEqual({ state: 'UNCERTAIN' });
    expect(sent).toBe(1);
  });

  it('sends later what was certainly not taken', async () => {
    const jobId = await committed();
    expect(await notify(jobId, ports(() => Promise.reject(error('TooManyRequestsException', http(429)))))).toEqual({ state: 'PENDING' });
    expect(await notify(jobId, ports(() => Promise.resolve(), 'two'))).toEqual({ state: 'SENT' });
  });

  it.each([
    [error('MessageRejected', http(400)), 'FAILED'],
    [error('AccessDeniedException', http(403)), 'PENDING'],
    [error('Error', { code: 'ECONNREFUSED' }), 'PENDING'],
    [error('Error', { code: 'ECONNRESET' }), 'UNCERTAIN'],
    [error('InternalFailure', http(500)), 'UNCERTAIN'],
    [error('RequestTimeout', http(408)), 'UNCERTAIN'],
    [error('NotFoundException', http(404)), 'PENDING'],
    [error('KMSDisabledException', http(400)), 'PENDING'],
    [error('ThrottledException', http(429)), 'PENDING'],
    [error('InternalErrorException', http(500)), 'UNCERTAIN'],
    [error('InvalidParameterException', http(400)), 'FAILED'],
  ])('takes %s for %s', (problem, state) => expect(stateAfter(problem)).toBe(state));
});

describe('routing veto', () => {
  const on = () => Promise.resolve(true);
  const off = () => Promise.resolve(false);
  const silent = () => new Promise<boolean>(() => {});
  const broken = () => Promise.reject(new Error('unavailable'));
  /** Time-outs of this clock end at once: silent endpoints are given up on. */
  class ImpatientClock extends TestClock {
    override async sleep(): Promise<void> { await new Promise((resolve) => { setImmediate(resolve); }); }
  }
  const veto = (endpoints: (() => Promise<boolean>)[]) => createRoutingVeto({ endpoints, clock: new ImpatientClock() })();

  it.each([
    ['most say Off', [off, off, off, on, on], true],
    ['most say On', [on, off, on, off, on], false],
    ['the one that answers says Off', [silent, broken, off, silent, broken], true],
    ['nobody answers', [silent, silent, broken, broken, broken], false],
    ['there are no endpoints', [], false],
    ['answers are even', [on, off, broken, broken, broken], false],
  ])('%s', async (_, endpoints, expected) => expect(await veto(endpoints)).toBe(expected));

  it('is read once in five seconds, and counts for nothing while a move may still be reaching the endpoints', async () => {
    const clock = new TestClock();
    let calls = 0;
    let state = false;
    const asked = createRoutingVeto({ endpoints: [() => { calls += 1; return Promise.resolve(state); }], clock });
    expect([await asked(), await asked()]).toEqual([true, true]);
    expect(calls).toBe(1);
    const moved = clock.at();
    expect(await asked(moved)).toBe(false);
    clock.advance(20_001);
    expect(await asked(moved)).toBe(true);
    expect(calls).toBe(2);
    state = true;
    expect(await asked(moved)).toBe(true);
    clock.advance(5001);
    expect(await asked(moved)).toBe(false);
  });
});
