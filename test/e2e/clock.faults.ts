import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drive, lastOf } from './crash/drive.js';
import { commands, expectSettled, openTheatre, type Theatre } from './crash/theatre.js';
import type { ErrorDocument, JobDocument, StatusDocument } from './documents.js';
import { eventually, home, standby } from './scene.js';
import { openWrongClock, type WrongClock } from './wrong-clock.js';

const hour = 3_600_000;
const acknowledged = commands['graceful failover'];

interface Status extends StatusDocument { recommendation: StatusDocument['recommendation'] & { blockers: string[]; warnings: string[] } }

/** A host whose clock is wrong, or is set while it works. Everything goes through `bin`; the sandbox keeps the right time. */
describe('the clock of this host', () => {
  let theatre: Theatre;
  let clock: WrongClock;
  let jobIds: string[];

  beforeAll(async () => {
    theatre = await openTheatre();
    clock = await openWrongClock(theatre.operator);
    jobIds = await theatre.submit(2, 20);
    await theatre.checkJobs();
  });
  afterAll(() => theatre?.leave());

  const told = async <Document>(words: string[], exitCode = 0): Promise<{ document: Document; stderr: string }> => {
    const ended = await theatre.operator.run([...words, '-o', 'json'], { env: clock.env });
    expect(ended.exitCode, `${ended.stdout}\n${ended.stderr}`).toBe(exitCode);
    return { document: JSON.parse(ended.stdout) as Document, stderr: ended.stderr };
  };

  it.each([
    [3 * hour, '3 h ahead of'],
    [-3 * hour, '3 h behind'],
    [26 * hour, '1 d 2 h ahead of'],
  ])('is off by %d ms: what can be seen is seen, what it makes wrong is said, and nothing is moved', async (aheadMs, says) => {
    await clock.set(aheadMs);
    const { document: status, stderr } = await told<Status>(['status']);
    expect(stderr).toContain(`this host's clock is ${says} AWS's`);
    // Reached all the same: a wrong clock is no dead Region.
    expect(status.routing).toMatchObject({ activeRegion: home, arc: { endpointsAnswering: 5 } });
    const assessed = await theatre.operator.run(['assess', '--to', standby, '--mode', 'graceful', '-o', 'json'], { env: clock.env });
    expect((JSON.parse(assessed.stdout) as Status).recommendation.blockers.join(), assessed.stdout).toMatch(/this host's clock is \d+ s (?:ahead of|behind) AWS's: it cannot tell a running operation from a lapsed one/);
    const { document: listed, stderr: warned } = await told<{ jobs: JobDocument[] }>(['jobs']);
    expect(listed.jobs.map((job) => job.jobId).sort()).toEqual([...jobIds].sort());
    expect(warned).toContain(`${says} AWS's: days, ages and leases are read wrongly by as much`);
    const { document: refused } = await told<ErrorDocument>(acknowledged, 3);
    expect(refused.error).toMatchObject({ code: 'NO_GO', message: expect.stringContaining('clock') as string });
    const { document: doctor } = await told<{ findings: { check: string; level: string; detail: string }[] }>(['doctor'], 1);
    expect(doctor.findings.find((finding) => finding.check === 'clock')).toMatchObject({ level: 'bad', detail: expect.stringContaining('AWS refuses what it signs') as string });
    await clock.set(0);
    await expectSettled(theatre.operator, home, 1);
  }, 120_000);

  it('is off by 20 s: that is warned of, and a move may be made', async () => {
    await clock.set(-20_000);
    const { document } = await told<Status>(['assess', '--to', standby, '--mode', 'graceful']);
    expect(document.recommendation.warnings.join()).toMatch(/this host's clock is (?:19|20|21) s behind AWS's: ages are off by as much/);
    expect(document.recommendation.blockers.join()).not.toContain('clock');
    await clock.set(0);
  });

  it.each([
    [2 * hour, 'forward', acknowledged, standby, 2],
    [-2 * hour, 'back', commands.failback, home, 3],
  ] as const)('is set by %d ms in the middle of a move: leases, deadlines and times go on by what passes, and it is said', async (byMs, says, words, to, epoch) => {
    await clock.set(0);
    const startedAt = Date.now();
    await eventually('a Region that may take over', async () => (await theatre.operator.run(['assess', '--to', to, '--mode', 'graceful'])).exitCode === 0 || undefined);
    let lease: Promise<string | undefined> | undefined;
    let setting: Promise<void> | undefined;
    const moved = await drive(theatre.operator, [...words], {
      env: clock.env,
      onEvent: (event) => {
        if (event.type === 'step-finished' && event.step === 'drain') setting = clock.set(byMs);
        // The fence renews the lock just before it writes.
        if (event.type === 'step-finished' && event.step === 'fence') lease ??= theatre.ledger.leaseEndsAt();
      },
    });
    await setting;
    expect(lastOf(moved, 'result'), moved.stdout.slice(-3000)).toMatchObject({ outcome: 'done', to, epoch });
    expect(moved.stdout + moved.stderr).toContain(`this host's clock was set 2 h ${says}`);
    const leaseEndsAt = Date.parse(await lease ?? '');
    expect(Math.abs(leaseEndsAt - Date.now())).toBeLessThan(10 * 60_000);
    for (const event of moved.events.filter((each) => each.type.startsWith('step-'))) {
      const at = Date.parse(String(event['at']));
      expect(at, JSON.stringify(event)).toBeGreaterThan(startedAt - 5000);
      expect(at, JSON.stringify(event)).toBeLessThan(Date.now() + 5000);
      if (event.type === 'step-finished') expect(Number(event['seconds'])).toBeLessThan(600);
    }
    await clock.set(0);
    await expectSettled(theatre.operator, to, epoch);
  }, 180_000);

  it('may be in any time zone, with or without summer time: days and times are UTC', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const inZone = async (TZ: string): Promise<string[]> => Promise.all([['history', '--since', day], ['history', '-o', 'json'], ['jobs', '-o', 'json'], ['report', '--format', 'md']].map(async (words) => {
      const { stdout } = await theatre.operator.run(words, { env: { TZ } });
      // What is asked anew each time says when.
      return stdout.replaceAll(/"?(?:observedAt|generatedAt|aftermathAt)"?: ?"[^"]*"/g, '').replaceAll(/as seen at [^.]*\./g, '').replaceAll(/\d+ (?:s|min)[^|\n]* ago/g, '');
    }));
    const utc = await inZone('UTC');
    expect(utc[0]).toContain('failback');
    for (const zone of ['America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) expect(await inZone(zone), zone).toEqual(utc);
  });
});
