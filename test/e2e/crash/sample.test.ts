import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, standby } from '../scene.js';
import { drive, lastOf } from './drive.js';
import { commands, expectSettled, openTheatre, type Theatre } from './theatre.js';

/** A sample of what `npm run test:crash` does at every step. */
describe('operators who vanish, collide and change their mind', () => {
  let theatre: Theatre;
  beforeAll(async () => { theatre = await openTheatre(); });
  afterAll(() => theatre?.leave());

  it('goes on from another machine where a planned move was killed in its fence', { timeout: 60_000 }, async () => {
    await theatre.submit(2, 300);
    await theatre.crashAndResume({ move: 'graceful failover', step: 'fence', moment: 'started', resumeFrom: 'elsewhere' });
    await theatre.checkJobs();
  });

  it('lets one of two commands run, and tells the other who holds the lock', { timeout: 60_000 }, async () => {
    const both = await Promise.all([drive(theatre.operator, commands.failback), drive(theatre.operator, commands.failback)]);
    expect(both.map((each) => each.exitCode).sort(), both.map((each) => each.stdout.slice(-500)).join('\n')).toEqual([0, 3]);
    const [winner, loser] = both[0]?.exitCode === 0 ? both : [...both].reverse();
    const started = lastOf(winner!, 'operation-started');
    const { error } = lastOf(loser!, 'error') as unknown as { error: { code: string; message: string; nextSteps: string[] } };
    expect(error.code).toBe('LOCK_HELD');
    expect(error.message).toContain(`${String(started['operator'])} is running failback ${started.operationId} since 20`);
    expect(error.nextSteps.join('\n')).toContain(`batchctl failback --resume ${started.operationId}`);
    await expectSettled(theatre.operator, home, 3);
  });

  it('puts a planned move back when it is stopped before the fence', { timeout: 60_000 }, async () => {
    const stopped = await drive(theatre.operator, commands['graceful failover'], {
      onEvent: (event, send) => { if (event.type === 'step-started' && event.step === 'wait-for-running-jobs') send('SIGINT'); },
    });
    expect(stopped.exitCode, stopped.stdout.slice(-2000)).toBe(5);
    expect(lastOf(stopped, 'result')).toMatchObject({ outcome: 'cancelled', epoch: 3, to: standby });
    await expectSettled(theatre.operator, home, 3);
  });
});
