import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobDocument, StatusDocument } from '../documents.js';
import { eventually, home, readJobs, standby } from '../scene.js';
import { onTerminal } from '../terminal.js';
import { drive, lastOf, type Driven, type DriveOptions, type StreamEvent } from './drive.js';
import { setPolicy } from '../policy.js';
import { commands, expectSettled, openTheatre, type Theatre } from './theatre.js';

const graceful = commands['graceful failover'];
interface StreamResult extends StreamEvent { error: unknown; nextSteps: string[] }

let theatre: Theatre;
let epoch = 1;
let active = home;

beforeAll(async () => { theatre = await openTheatre(); });
afterAll(() => theatre?.leave());
afterEach(async () => {
  await theatre.operator.fault('clear');
  await theatre.checkJobs();
  // Every test leaves the pipeline at home.
  if (active === home) return;
  const back = await drive(theatre.operator, commands.failback);
  expect(lastOf(back, 'result')).toMatchObject({ outcome: 'done' });
  moved(home);
  await expectSettled(theatre.operator, home, epoch);
}, 300_000);

const moved = (to: string): void => {
  epoch += 1;
  active = to;
};
const on = (type: string, step: string, strike: (send: (signal: NodeJS.Signals) => void) => void): DriveOptions => ({
  onEvent: (event, send) => { if (event.type === type && event.step === step) strike(send); },
});
const error = (driven: Driven): { code: string; message: string; nextSteps: string[] } => (lastOf(driven, 'error') as unknown as { error: { code: string; message: string; nextSteps: string[] } }).error;
const killedAt = (step: string): Promise<Driven> => drive(theatre.operator, graceful, on('step-finished', step, (send) => send('SIGKILL')));
const idOf = (driven: Driven): string => String(lastOf(driven, 'operation-started').operationId);
const status = (): Promise<StatusDocument> => theatre.operator.document<StatusDocument>(['status']);

describe('a lock whose holder is gone', () => {
  it('is not taken from a machine that nobody can look at until its lease has lapsed; then by --resume', async () => {
    await setPolicy(theatre.operator, { lockLeaseSeconds: 20 });
    const operationId = idOf(await killedAt('drain'));
    await theatre.ledger.renameHolder('ann@far-away (process 1)');
    const elsewhere = { stateHome: path.join(theatre.operator.home, 'far') };
    const refused = await drive(theatre.operator, ['failover', '--resume', operationId, '--yes'], elsewhere);
    expect(refused.exitCode).toBe(3);
    expect(error(refused)).toMatchObject({ code: 'LOCK_HELD', message: expect.stringMatching(/^ann@far-away \(process 1\) is running failover .* since 20/) });
    expect(error(refused).nextSteps[0]).toMatch(/^Its lease ends in \d+ s unless it is renewed/);
    expect((await status()).routing).toMatchObject({ phase: 'draining', epoch });
    const resumed = await eventually('the lease to lapse', async () => {
      const tried = await drive(theatre.operator, ['failover', '--resume', operationId, '--yes'], elsewhere);
      return tried.exitCode === 3 ? undefined : tried;
    });
    expect(lastOf(resumed, 'result'), resumed.stdout.slice(-1500)).toMatchObject({ outcome: 'done', operationId });
    moved(standby);
    await expectSettled(theatre.operator, standby, epoch);
  });

  it('is taken by a new command when the lease has lapsed, and the drain with it', async () => {
    const left = idOf(await killedAt('drain'));
    await theatre.ledger.renameHolder('ann@far-away (process 1)');
    const taken = await eventually('the lease to lapse', async () => {
      const tried = await drive(theatre.operator, graceful, on('step-started', 'wait-for-replication', (send) => send('SIGINT')));
      return tried.exitCode === 3 ? undefined : tried;
    });
    // The drain that it took over is undone as if it were its own.
    expect(taken.exitCode, taken.stdout.slice(-1500)).toBe(5);
    await expectSettled(theatre.operator, home, epoch);
    const done = await drive(theatre.operator, graceful);
    expect(lastOf(done, 'result')).toMatchObject({ outcome: 'done' });
    moved(standby);
    const late = await drive(theatre.operator, ['failover', '--resume', left, '--yes']);
    expect(late.exitCode).toBe(3);
    expect(error(late)).toMatchObject({ code: 'OVERTAKEN' });
    await expectSettled(theatre.operator, standby, epoch);
  });

  it('left draining, is put back by a failover to the Region that is active', async () => {
    await killedAt('shift-uploads');
    const [jobId = ''] = await theatre.submit(1, 100);
    expect((await readJobs(theatre.operator, [jobId]))[0]).toMatchObject({ status: 'ACCEPTED' });
    const back = await eventually('the lease to lapse', async () => {
      const tried = await drive(theatre.operator, ['failover', '--to', home, '--yes']);
      return tried.exitCode === 3 ? undefined : tried;
    });
    expect(lastOf(back, 'result'), back.stdout.slice(-1500)).toMatchObject({ outcome: 'done', epoch, steps: expect.arrayContaining([expect.objectContaining({ name: 'undo', state: 'done' })]) });
    await expectSettled(theatre.operator, home, epoch);
  });

  it('is not resumed while its process lives', async () => {
    let second: Promise<Driven> | undefined;
    const first = await drive(theatre.operator, graceful, {
      onEvent: (event) => {
        if (event.type === 'step-started' && event.step === 'verify-preconditions') second = drive(theatre.operator, ['failover', '--resume', '--yes']);
      },
    });
    expect(error(await second!)).toMatchObject({ code: 'LOCK_HELD' });
    expect(lastOf(first, 'result')).toMatchObject({ outcome: 'done' });
    moved(standby);
  });
});

describe('Ctrl-C', () => {
  it('before the fence puts back what was drained, starts what was held, and exits 5', async () => {
    await theatre.operator.fault('replication', `${home}->${standby}`, 'pause');
    let held: Promise<string[]> | undefined;
    const stopped = await drive(theatre.operator, graceful, {
      onEvent: (event, send) => {
        if (event.type !== 'step-started' || event.step !== 'wait-for-running-jobs') return;
        held = theatre.submit(1, 100);
        void held.then(() => send('SIGINT'));
      },
    });
    expect(stopped.exitCode, stopped.stdout.slice(-1500)).toBe(5);
    expect(lastOf(stopped, 'result')).toMatchObject({ outcome: 'cancelled', epoch });
    await held;
    await theatre.operator.fault('clear');
    await expectSettled(theatre.operator, home, epoch);
  });

  it('behind the fence stops, exits 6 and prints the command that goes on', async () => {
    const stopped = await drive(theatre.operator, graceful, on('step-finished', 'fence', (send) => send('SIGINT')));
    expect(stopped.exitCode, stopped.stdout.slice(-1500)).toBe(6);
    const goOn = `batchctl failover --resume ${idOf(stopped)}`;
    expect(lastOf(stopped, 'result')).toMatchObject({ outcome: 'interrupted', nextSteps: [expect.stringContaining(goOn)] });
    moved(standby);
    expect(await status(), 'nobody is at work').toMatchObject({ operation: null, routing: { epoch, activeRegion: standby } });
    const resumed = await drive(theatre.operator, [...goOn.split(' ').slice(1), '--yes']);
    expect(lastOf(resumed, 'result')).toMatchObject({ outcome: 'done' });
    await expectSettled(theatre.operator, standby, epoch);
  });

  it('twice leaves at once with 6, and says how to go on', async () => {
    const left = await drive(theatre.operator, graceful, {
      onEvent: (event, send) => {
        if (event.type === 'step-started' && event.step === 'wait-for-running-jobs') send('SIGINT');
        // Only when the first has been taken: two signals of a kind that wait together are one.
        if (event.type === 'note' && String(event['message']).includes('Press Ctrl-C again')) send('SIGINT');
      },
    });
    expect(left.exitCode, left.stdout.slice(-1500)).toBe(6);
    expect(left.stdout + left.stderr).toContain(`batchctl failover --resume ${idOf(left)}`);
    const resumed = await drive(theatre.operator, ['failover', '--resume', '--yes']);
    expect(lastOf(resumed, 'result'), resumed.stdout.slice(-1500)).toMatchObject({ outcome: 'done', operationId: idOf(left) });
    moved(standby);
    await expectSettled(theatre.operator, standby, epoch);
  });
});

describe('credentials that expire in the middle', () => {
  const expireAt = async (step: string): Promise<{ stopped: Driven; operationId: string }> => {
    let expiring: Promise<unknown> | undefined;
    const stopped = await drive(theatre.operator, graceful, {
      onEvent: (event) => { if (event.type === 'step-started' && event.step === step) expiring ??= theatre.operator.fault('credentials', 'operator', 'expired'); },
    });
    await expiring;
    return { stopped, operationId: idOf(stopped) };
  };

  it.each(['wait-for-running-jobs', 'fence', 're-drive'])('stop a move in %s with what to do, and it goes on with new ones', async (step) => {
    await theatre.submit(3, 5000);
    if (step === 'wait-for-running-jobs') await theatre.operator.fault('service', `lambda@${home}`, 'throttle');
    const { stopped, operationId } = await expireAt(step);
    expect(stopped.exitCode, stopped.stdout.slice(-3000)).toBe(6);
    const result = lastOf(stopped, 'result') as StreamResult;
    expect(JSON.stringify(result.error)).toMatch(/credentials refused|expired/);
    expect(result.nextSteps.join('\n')).toContain(`--resume ${operationId}`);
    const still = await drive(theatre.operator, ['failover', '--resume', operationId, '--yes']);
    expect(still.exitCode, still.stdout.slice(-1500)).toBe(4);
    await theatre.operator.fault('clear');
    const resumed = await drive(theatre.operator, ['failover', '--resume', operationId, '--yes']);
    expect(lastOf(resumed, 'result'), resumed.stdout.slice(-1500)).toMatchObject({ outcome: 'done', operationId });
    moved(standby);
    await expectSettled(theatre.operator, standby, epoch);
  });
});

describe('jobs that still run at the drain deadline', () => {
  /** Jobs that run and cannot end: their next function is throttled again and again. */
  const stuckJobs = async (): Promise<string[]> => {
    await setPolicy(theatre.operator, { drainDeadlineSeconds: 3 });
    const jobIds = await theatre.submit(6, 5000);
    await eventually('jobs that run', async () => (await readJobs(theatre.operator, jobIds)).some((job) => job.status === 'RUNNING') || undefined);
    await theatre.operator.fault('service', `lambda@${home}`, 'throttle');
    const running = (await readJobs(theatre.operator, jobIds)).filter((job) => job.status === 'RUNNING').map((job) => job.jobId);
    expect(running.length).toBeGreaterThan(0);
    return running;
  };

  it('have the move undone without a terminal, and go on where they are', async () => {
    const jobIds = await stuckJobs();
    const undone = await drive(theatre.operator, graceful);
    expect(undone.exitCode, undone.stdout.slice(-1500)).toBe(3);
    expect(lastOf(undone, 'result')).toMatchObject({ outcome: 'refused', error: { code: 'DRAIN_DEADLINE' }, nextSteps: [expect.stringContaining('--on-drain-deadline redrive'), expect.anything()] });
    await theatre.operator.fault('clear');
    await expectSettled(theatre.operator, home, epoch);
    await theatre.checkJobs();
    for (const job of await readJobs(theatre.operator, jobIds)) expect(job).toMatchObject({ region: home, epoch });
  });

  it('are started again in the target with --on-drain-deadline redrive', async () => {
    const jobIds = await stuckJobs();
    const done = await drive(theatre.operator, [...graceful, '--on-drain-deadline', 'redrive']);
    expect(lastOf(done, 'result'), done.stdout.slice(-1500)).toMatchObject({ outcome: 'done', redriven: expect.arrayContaining(jobIds.map((jobId) => expect.objectContaining({ jobId }))) });
    moved(standby);
    await theatre.operator.fault('clear');
    await theatre.checkJobs();
    for (const job of await readJobs(theatre.operator, jobIds)) expect(job).toMatchObject({ region: standby, epoch } satisfies Partial<JobDocument>);
  });

  it('are asked about on a terminal', async () => {
    await stuckJobs();
    const { exitCode, text } = await onTerminal(theatre.operator, graceful, 'Type redrive', 'perhaps\nredrive\n');
    expect(text).toContain('That is not redrive or undo.');
    expect(exitCode, text.slice(-1500)).toBe(0);
    moved(standby);
  });

  it('need a decision that can be understood', async () => {
    expect(error(await drive(theatre.operator, [...graceful, '--on-drain-deadline', 'wait']))).toMatchObject({ code: 'USAGE' });
    expect(error(await drive(theatre.operator, [...graceful, '--on-drain-deadline', 'ask']))).toMatchObject({ code: 'USAGE' });
  });
});
