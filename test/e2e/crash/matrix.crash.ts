import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../scene.js';
import { commands, openTheatre, type Crash, type Moment, type MoveName, type ResumeFrom, type Theatre } from './theatre.js';

const behindTheFence = ['stop-old-executions', 'flip-routing-controls', 'flip-traffic-dials', 're-drive', 'adopt-unknown-inputs', 'settle-notifications', 'prove', 'verify-traffic-dials', 'release-lock'];
const beforeTheFence: Record<'graceful' | 'ungraceful', string[]> = {
  graceful: ['acquire-lock', 'verify-preconditions', 'drain', 'shift-uploads', 'wait-for-running-jobs', 'wait-for-replication'],
  ungraceful: ['acquire-lock', 'verify-preconditions'],
};
const stepsOf = (move: MoveName): string[] => [...beforeTheFence[move === 'ungraceful failover' ? 'ungraceful' : 'graceful'], 'fence', ...behindTheFence];

/** The moment before a step is the one after the step before it. */
const moments: Moment[] = ['started', 'midway', 'finished'];
const resumes: ResumeFrom[] = ['same machine', 'elsewhere', 'ledger behind'];

function crashesOf(move: MoveName): Crash[] {
  const points = stepsOf(move).flatMap((step) => moments.map((moment) => ({ move, step, moment })));
  // Shifted by one at every step, so that each moment meets each way of resuming.
  return points.map((point, index) => ({ ...point, resumeFrom: resumes[(index + Math.floor(index / moments.length)) % resumes.length] ?? 'same machine' }));
}

/** There and back, over and over: what stands on the standby is brought home by a failback that is killed as well. */
const crashes: Record<MoveName, Crash[]> = { 'graceful failover': crashesOf('graceful failover'), 'ungraceful failover': crashesOf('ungraceful failover'), failback: crashesOf('failback') };
const away = [...crashes['graceful failover'], ...crashes['ungraceful failover']];
const rounds = away.map((there, index) => ({ there, back: crashes.failback[index % crashes.failback.length] as Crash }));

describe('a move killed at every step and resumed ends as if nothing had happened', () => {
  let theatre: Theatre;
  beforeAll(async () => { theatre = await openTheatre(); });
  afterAll(() => theatre?.leave());

  afterEach(async ({ task }) => { if (task.result?.state === 'fail') await theatre.bringHome(); }, 150_000);

  const named = ({ move, step, moment, resumeFrom }: Crash): string => `${move}: ${step} ${moment}, resumed ${resumeFrom}`;

  it.each(rounds.map((round) => ({ ...round, name: `${named(round.there)}; ${named(round.back)}` })))('$name', { timeout: 300_000 }, async ({ there, back }) => {
    await theatre.submit(2, 300);
    await theatre.untilInBoth();
    await theatre.crashAndResume(there);
    await untilFit(theatre);
    await theatre.submit(1, 300);
    await theatre.untilInBoth();
    await theatre.crashAndResume(back);
    await theatre.checkJobs();
  });

  it('knew every step of the plans', { timeout: 60_000 }, async () => {
    const plan = await theatre.operator.document<{ steps: { name: string }[] }>([...commands['graceful failover'], '--dry-run']);
    expect(plan.steps.map((step) => step.name)).toEqual(stepsOf('graceful failover'));
  });
});

/** A Region that was down needs a moment until it may take over again. */
async function untilFit(theatre: Theatre): Promise<void> {
  await eventually('the home Region to be fit', async () => (await theatre.operator.run(['assess', '--to', 'us-east-1'])).exitCode === 0 || undefined, 90_000);
}
