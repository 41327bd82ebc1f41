import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, home } from '../scene.js';
import { play } from './play.js';
import { everyTime } from './situations.js';
import { openTheatre, type Theatre, type Verdict } from './theatre.js';

/** The rest is in `verdicts.faults.ts`, which takes longer. */
describe('verdicts of real faults, through bin', () => {
  let theatre: Theatre;
  beforeAll(async () => { theatre = await openTheatre(); });
  afterAll(() => theatre?.leave());

  it.each(everyTime)('$name', { timeout: 60_000 }, async (situation) => { await play(theatre, situation); });

  it('a Region that swallows every call: status answers within 5 s, and the watch says the same', { timeout: 60_000 }, async () => {
    await theatre.reset();
    await theatre.operator.fault('region', home, 'isolated');
    // As it is when nobody has changed it.
    await theatre.changeDeployment((deployment) => ({ ...deployment, policy: { ...deployment.policy, probeTimeoutSeconds: 3 } }));
    // On a busy machine the second vantage answers too late for the first look, and one source is no GO.
    const { status, seconds } = await eventually('a second vantage to see it', async () => {
      const startedAt = Date.now();
      const looked = await theatre.operator.document<Verdict>(['status']);
      return looked.recommendation.verdict === 'GO' ? { status: looked, seconds: (Date.now() - startedAt) / 1000 } : undefined;
    }, 40_000);
    expect(status.recommendation.action).toBe('failover');
    expect(seconds).toBeLessThan(5);
    const watched = await theatre.operator.run(['status', '--watch', '-o', 'ndjson', '--interval', '1s', '--timeout', '6s']);
    const looks = watched.stdout.split('\n').filter((line) => line.includes('"type":"status"')).map((line) => JSON.parse(line) as Verdict);
    expect(looks.length).toBeGreaterThan(0);
    const stable = ({ recommendation: { action, to, verdict, reasons, blockers } }: Verdict): object => ({ action, to, verdict, reasons, blockers });
    expect(looks.map(stable)).toContainEqual(stable(status));
  });
});
