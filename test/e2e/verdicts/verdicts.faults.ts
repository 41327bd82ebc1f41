import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, standby } from '../scene.js';
import { play } from './play.js';
import { everyTime, onDemand } from './situations.js';
import { openTheatre, type Theatre } from './theatre.js';

describe('verdicts of real faults, through bin', () => {
  let theatre: Theatre;
  beforeAll(async () => { theatre = await openTheatre(); });
  afterAll(() => theatre?.leave());

  it('are at least fifteen', () => { expect(everyTime.length + onDemand.length).toBeGreaterThanOrEqual(15); });

  it.each(onDemand)('$name', { timeout: 90_000 }, async (situation) => { await play(theatre, situation); });
});

describe('guard --auto, through bin', () => {
  let theatre: Theatre;
  beforeAll(async () => { theatre = await openTheatre(); });
  afterAll(() => theatre?.leave());

  interface GuardLine {
    type: string;
    kind?: string;
    outcome?: string;
    epoch?: number;
    message?: string;
  }
  const guard = async (timeout: string): Promise<{ exitCode: number; lines: GuardLine[] }> => {
    const ended = await theatre.operator.run(['guard', '--to', standby, '--auto', '--interval', '1s', '-o', 'ndjson', '--timeout', timeout]);
    return { exitCode: ended.exitCode, lines: ended.stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as GuardLine) };
  };
  const hold = (): Promise<void> => theatre.changeDeployment((deployment) => ({ ...deployment, policy: { ...deployment.policy, guardHoldSeconds: 5 } }));

  it('does nothing on one source alone', { timeout: 90_000 }, async () => {
    await theatre.reset();
    await theatre.operator.fault('service', `states@${home}`, 'throttle');
    await hold();
    const { lines } = await guard('12s');
    expect(lines.filter((line) => line.type === 'guard').map((line) => line.kind)).toEqual(['unknown']);
    expect(await theatre.ledger.readControl()).toMatchObject({ epoch: 1, activeRegion: home });
  });

  it('moves once on a GO that held, says so, writes it down, and ends', { timeout: 120_000 }, async () => {
    await theatre.reset();
    await theatre.operator.fault('region', home, 'down');
    await hold();
    const { exitCode, lines } = await guard('80s');
    expect(lines.filter((line) => line.type === 'guard').map((line) => line.kind)).toEqual(['holding', 'move']);
    expect(lines.at(-1)).toMatchObject({ type: 'note', message: expect.stringContaining('moved the pipeline once and stops') as string });
    expect(lines.find((line) => line.type === 'result')).toMatchObject({ outcome: 'done', epoch: 2 });
    expect(exitCode).toBe(0);
    const [operation] = await theatre.ledger.listOperations(1);
    expect(operation?.reason).toMatch(/^guard --auto: a GO held for \d+ s: us-east-1 is impaired/);
  });

  it('has nothing left to do afterwards', { timeout: 60_000 }, async () => {
    const { exitCode, lines } = await guard('30s');
    expect(exitCode).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'result', because: 'arrived' });
  });
});
