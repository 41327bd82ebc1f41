import { beforeEach, describe, expect, it } from 'vitest';
import { canaryFailures, observe, type ObservePorts } from '../../../infra/pipeline/observe.js';
import type { CanaryView, ProbeResult } from '../../../src/core/snapshot.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';
import { recordTelemetry, type RecordedTelemetry } from './sample.js';

const clock = new TestClock();
const minutesAgo = (minutes: number): string => new Date(clock.now().getTime() - minutes * 60_000).toISOString();
const runs = (...results: [minutes: number, ok: boolean][]): CanaryView => ({ results: results.map(([minutes, ok]) => ({ at: minutesAgo(minutes), ok, seconds: 2 })) });
const probes = (...failing: ProbeResult['service'][]): ProbeResult[] => (['s3', 'states', 'dynamodb'] as const).map((service) => ({ service, seenFrom: 'us-west-2', at: clock.at(), ok: !failing.includes(service), milliseconds: 5 }));

let telemetry: RecordedTelemetry;
let stamped: { region: string; ok: boolean }[];
let ports: ObservePorts;
beforeEach(() => {
  telemetry = recordTelemetry(clock);
  stamped = [];
  ports = {
    region: 'us-west-2', otherRegion: 'us-east-1', clock, telemetry,
    probe: () => Promise.resolve(probes()),
    otherAlarm: () => Promise.resolve(false),
    ledger: {
      readCanary: () => Promise.resolve(runs([3, true], [2, true], [1, true])),
      stampObservation: (region, _from, { ok }) => { stamped.push({ region, ok }); return Promise.resolve(); },
    },
  };
});
const told = (metric: string): unknown[] => telemetry.lines.filter((line) => metric in line).map((line) => line[metric]);

describe('the observer', () => {
  it('tells zeros of a Region that is well: no number would look like no observer', async () => {
    await observe({}, ports);
    expect([told('OtherRegionFailedPercent'), told('OtherRegionCanaryFailures'), told('OtherRegionAlarm')]).toEqual([[0], [0], [0]]);
    expect(stamped).toEqual([{ region: 'us-east-1', ok: true }]);
  });

  it('tells from its own replica how a Region fares that answers nobody', async () => {
    await observe({}, {
      ...ports, probe: () => Promise.resolve(probes('s3', 'states', 'dynamodb')), otherAlarm: () => Promise.reject(new Error('unreachable')),
      ledger: { ...ports.ledger, readCanary: () => Promise.resolve(runs([9, true], [8, true])) },
    });
    expect([told('OtherRegionFailedPercent'), told('OtherRegionCanaryFailures'), told('OtherRegionAlarm')]).toEqual([[100], [5], []]);
    expect(stamped).toEqual([{ region: 'us-east-1', ok: false }]);
  });

  it('passes on what the other Region says of itself', async () => {
    await observe({}, { ...ports, otherAlarm: () => Promise.resolve(true) });
    expect(told('OtherRegionAlarm')).toEqual([1]);
  });

  it('tells no number of what it cannot read: its own trouble is no evidence against the other', async () => {
    await observe({}, { ...ports, ledger: { ...ports.ledger, readCanary: () => Promise.reject(new Error('no quorum')), stampObservation: () => Promise.reject(new Error('no quorum')) } });
    expect(told('OtherRegionCanaryFailures')).toEqual([]);
    expect(told('OtherRegionFailedPercent')).toEqual([0]);
  });

  it('tells the share of failed calls, and none when it was not let in', async () => {
    const [s3, ...others] = probes();
    await observe({}, { ...ports, probe: () => Promise.resolve([{ ...s3!, calls: 8, failed: 1 }, ...others]) });
    await observe({}, { ...ports, probe: () => Promise.resolve(probes('s3', 'states', 'dynamodb').map((each) => ({ ...each, failure: 'permission' as const }))) });
    expect(told('OtherRegionFailedPercent')).toEqual([10]);
  });

  it('on demand only answers', async () => {
    expect(await observe({ on: 'demand' }, { ...ports, probe: () => Promise.resolve(probes('s3')) })).toHaveLength(3);
    expect(stamped).toEqual([]);
    for (const metric of ['OtherRegionFailedPercent', 'OtherRegionCanaryFailures', 'OtherRegionAlarm']) expect(told(metric)).toEqual([]);
  });

  it('waits no longer than whoever asks does', async () => {
    const waits: unknown[] = [];
    const probe: ObservePorts['probe'] = (options) => { waits.push(options.timeoutMs); return Promise.resolve(probes()); };
    await observe({ on: 'demand', timeoutMs: 2500 }, { ...ports, probe });
    await observe({}, { ...ports, probe });
    expect(waits).toEqual([2500, undefined]);
  });

  it.each<[string, CanaryView | undefined, number | undefined]>([
    ['none yet', undefined, undefined],
    ['an empty record', { results: [] }, undefined],
    ['all well', runs([4, true], [3, true], [2, true]), 0],
    ['some failed', runs([5, false], [4, true], [3, false], [2, true], [1, true]), 2],
    ['only the last five count', runs([7, false], [6, false], [5, true], [4, true], [3, true], [2, true], [1, true]), 0],
    ['silent for more than five minutes', runs([8, true], [7, true], [6, true]), 5],
  ])('counts failed synthetic jobs: %s', (_name, canary, expected) => {
    expect(canaryFailures(canary, clock.now())).toBe(expected);
  });
});
