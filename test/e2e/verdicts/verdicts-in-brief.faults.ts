import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home } from '../scene.js';
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
    const startedAt = Date.now();
    const status = await theatre.operator.document<Verdict>(['status']);
    const seconds = (Date.now() - startedAt) / 1000;
    expect(status.recommendation).toMatchObject({ action: 'failover', verdict: 'GO' });
    expect(seconds).toBeLessThan(5);
    const watched = await theatre.operator.run(['status', '--watch', '-o', 'ndjson', '--interval', '1s', '--timeout', '6s']);
    const looks = watched.stdout.split('\n').filter((line) => line.includes('"type":"status"')).map((line) => JSON.parse(line) as Verdict);
    expect(looks.length).toBeGreaterThan(0);
    const stable = ({ recommendation: { action, to, verdict, reasons, blockers } }: Verdict): object => ({ action, to, verdict, reasons, blockers });
    for (const look of looks) expect(stable(look)).toEqual(stable(status));
  });
});
