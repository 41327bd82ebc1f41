import type { Assessment, Signal, SignalLevel } from '../../../core/recommendation-types.js';
import type { Snapshot } from '../../../core/snapshot.js';

/** What a signal said in one minute: the worst level and the highest number of all looks in it. */
export interface MinuteSample {
  minute: number;
  level: SignalLevel;
  value: number | null;
}

/** The last hour of every signal, one sample a minute, so that a screen that is open for days holds no more than that. */
export interface SignalHistory {
  record(snapshot: Snapshot, assessment: Assessment): void;
  /** Oldest first. */
  samples(region: string, key: string): readonly MinuteSample[];
  /** Samples held over all signals, for the test that it stays bounded. */
  size(): number;
}

export const historyMinutes = 60;
const severity: Record<SignalLevel, number> = { ok: 0, unknown: 1, warn: 2, bad: 3 };

/** Tells two signals of one name apart: the same probe is made from two places. */
export function signalKey(signal: Pick<Signal, 'name' | 'seenFrom'>): string {
  return isPeerProbe(signal) ? `${signal.name} from ${signal.seenFrom}` : signal.name;
}

/** A probe that the other Region made. */
export function isPeerProbe(signal: Pick<Signal, 'name' | 'seenFrom'>): boolean {
  return signal.name.startsWith('probe.') && signal.name !== 'probe.remote' && signal.seenFrom !== 'operator';
}

export function minuteOf(time: string | number): number {
  return Math.floor((typeof time === 'number' ? time : Date.parse(time)) / 60_000);
}

export function createSignalHistory(): SignalHistory {
  const tracks = new Map<string, MinuteSample[]>();

  function add(track: string, sample: MinuteSample, newest: number): void {
    if (sample.minute <= newest - historyMinutes) return;
    const samples = tracks.get(track) ?? [];
    tracks.set(track, samples);
    const at = samples.findIndex((each) => each.minute >= sample.minute);
    const same = at >= 0 ? samples[at] : undefined;
    if (same?.minute === sample.minute) samples[at] = worse(same, sample);
    else samples.splice(at < 0 ? samples.length : at, 0, sample);
  }

  function forgetOld(newest: number): void {
    for (const [track, samples] of tracks) {
      while (samples[0] && samples[0].minute <= newest - historyMinutes) samples.shift();
      if (samples.length === 0) tracks.delete(track);
    }
  }

  return {
    record(snapshot, assessment) {
      const newest = minuteOf(snapshot.observedAt);
      for (const { region, signals } of Object.values(assessment.regions)) {
        for (const signal of signals) {
          const value = typeof signal.value === 'number' ? signal.value : null;
          add(`${region} ${signalKey(signal)}`, { minute: newest, level: signal.level, value }, newest);
        }
        for (const sample of observerMinutes(snapshot, region, newest)) add(`${region} observer.minutes`, sample, newest);
      }
      forgetOld(newest);
    },
    samples: (region, key) => tracks.get(`${region} ${key}`) ?? [],
    size: () => [...tracks.values()].reduce((total, samples) => total + samples.length, 0),
  };
}

/** The other Region's observer wrote its verdicts into the ledger all along: they tell of the time before the screen. */
function observerMinutes(snapshot: Snapshot, region: string, newest: number): MinuteSample[] {
  const history = snapshot.probes[region]?.history;
  if (!history?.known) return [];
  return history.value.map(({ at, ok }) => ({ minute: minuteOf(at), level: ok ? 'ok' as const : 'bad' as const, value: ok ? 0 : null })).filter((sample) => sample.minute < newest);
}

function worse(one: MinuteSample, other: MinuteSample): MinuteSample {
  return {
    minute: one.minute,
    level: severity[other.level] > severity[one.level] ? other.level : one.level,
    value: one.value === null ? other.value : other.value === null ? one.value : Math.max(one.value, other.value),
  };
}
