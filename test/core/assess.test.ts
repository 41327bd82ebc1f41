import { describe, expect, it } from 'vitest';
import { assess } from '../../src/core/assess.js';
import { dark, east, headroom, healthy, job, pendingMinutes, policy, secondsAgo, seen, unseen, west } from './situation.js';
import { aboutTheActiveRegion } from './situations-active.js';
import { aboutTheData } from './situations-data.js';
import { aboutMoves } from './situations-moves.js';
import { aboutTheTarget } from './situations-target.js';

const situations = [...aboutTheActiveRegion, ...aboutTheTarget, ...aboutTheData, ...aboutMoves];

describe('assess', () => {
  it.each(situations)('$name', (situation) => {
    const { given, request, action, verdict, to, says = [], silentAbout = [], acknowledge } = situation;
    const assessment = assess(given(), situation.policy ?? policy, request);
    const { recommendation } = assessment;
    const signals = Object.values(assessment.regions).flatMap((region) => region.signals);
    const advice = [...recommendation.reasons, ...recommendation.blockers, ...recommendation.warnings].join('\n');
    const said = `${advice}\n${signals.filter((signal) => signal.level !== 'ok').map((signal) => signal.why).join('\n')}`;
    expect({ action: recommendation.action, verdict: recommendation.verdict }, said).toEqual({ action, verdict });
    if (to !== undefined) expect(recommendation.to).toBe(to);
    if (situation.east) expect(assessment.regions[east]?.health, said).toBe(situation.east);
    if (situation.west) expect(assessment.regions[west]?.health, said).toBe(situation.west);
    for (const pattern of says) expect(said).toMatch(pattern);
    for (const pattern of silentAbout) expect(advice).not.toMatch(pattern);
    if (acknowledge) expect(recommendation.acknowledge?.map((each) => each.name)).toEqual(acknowledge);
    for (const [region, wanted] of Object.entries(situation.signals ?? {})) {
      for (const [name, [level, why]] of Object.entries(wanted)) {
        const signal = assessment.regions[region]?.signals.find((each) => each.name === name);
        expect(signal?.level, name).toBe(level);
        expect(signal?.why).toMatch(why);
      }
    }
  });

  it('judges at least sixty situations, each once, each with its reason', () => {
    expect(situations.length).toBeGreaterThanOrEqual(60);
    expect(new Set(situations.map((each) => each.name)).size).toBe(situations.length);
  });

  it('says the same of the same snapshot, whoever asks', () => {
    for (const { given, request } of situations) expect(assess(given(), policy, request)).toEqual(assess(given(), policy, request));
  });

  it('gives a GO for an ungraceful move in no situation without two sources against the Region being left', () => {
    for (const { given, name } of situations) {
      const snapshot = given();
      const { recommendation, regions } = assess(snapshot, policy, { to: west, mode: 'ungraceful' });
      if (recommendation.verdict === 'GO' || recommendation.verdict === 'GO_WITH_DATA_RISK') expect(regions[east]?.health, name).toBe('impaired');
    }
  });

  it('calls no Region a standby while nobody knows which one is active', () => {
    const snapshot = healthy();
    for (const region of [east, west]) snapshot.ledgers[region] = { known: false, reason: 'timed out', at: snapshot.observedAt, seenFrom: region };
    expect(Object.values(assess(snapshot, policy).regions).map((region) => region.role)).toEqual(['unknown', 'unknown']);
  });

  it('takes no refusal of this host for an outage of the ledger', () => {
    const snapshot = healthy();
    for (const region of [east, west]) snapshot.ledgers[region] = unseen('credentials refused (ExpiredTokenException: expired)', region, 'credentials');
    const { warnings } = assess(snapshot, policy).recommendation;
    expect(warnings.join()).toMatch(/sign in again/);
    expect(warnings.join()).not.toMatch(/routing-only|no quorum/);
  });

  it('takes a ledger that refuses in one Region and is silent in the other for one that may be out of order', () => {
    const snapshot = healthy();
    snapshot.ledgers[east] = unseen('access denied (dynamodb:GetItem)', east, 'permission');
    snapshot.ledgers[west] = unseen('timed out', west, 'timeout');
    expect(assess(snapshot, policy).recommendation.warnings.join()).toMatch(/no quorum/);
  });

  it('names exactly the missing keys, with bytes and the age of the oldest', () => {
    const snapshot = dark(healthy(), east);
    const open = [job('b', { presentIn: {}, acceptedAt: secondsAgo(90), bytes: 10 }), job('a', { presentIn: {}, bytes: 20 }), job('c')];
    snapshot.work = seen({ open, failed: [], unsettledNotifications: [], presence: { [west]: { a: seen(false), b: seen(false) } } }, 'ledger');
    expect(assess(snapshot, policy).recommendation.rpo).toMatchObject({ objects: 2, bytes: 30, seconds: 90, keys: ['input/a.csv', 'input/b.csv'] });
  });

  it('compares what is missing with what S3 counts, and blames no metric that could not know yet', () => {
    const snapshot = dark(healthy(), east);
    const open = [job('new', { presentIn: {}, acceptedAt: secondsAgo(5) })];
    snapshot.work = seen({ open, failed: [], unsettledNotifications: [], presence: { [west]: { new: seen(false) } } }, 'ledger');
    expect(assess(snapshot, policy).recommendation.rpo.crossCheck).toMatchObject({ metricPending: 0, agrees: true });
    const view = snapshot.replication[`${east}->${west}`]!;
    view.pendingObjects = seen(12, west, 30);
    view.pendingMinutes = seen(pendingMinutes([12]), west, 30);
    expect(assess(snapshot, policy).recommendation.rpo.crossCheck).toMatchObject({ agrees: true, why: expect.stringContaining('11 others') as string });
  });

  it('gives the printed evidence the very number that the rule used', () => {
    const snapshot = healthy();
    snapshot.headroom[west] = headroom(0.61, west);
    const signal = assess(snapshot, policy).regions[west]?.signals.find((each) => each.name === 'headroom.lambda-concurrency');
    expect(signal).toMatchObject({ value: 66, unit: '% of quota', level: 'warn', seenFrom: west });
  });
});
