import os from 'node:os';
import type { Clock } from '../workflow/ports.js';
import { systemClock } from './system-clock.js';

/** What this host measures time with. */
export interface TimeSources {
  /** Milliseconds since 1970, as somebody set them. */
  wallMs(): number;
  /** Milliseconds that nobody can set, which some systems stop counting while the host is suspended. */
  runningMs(): number;
  /** Seconds since the host was started, in which time that it was suspended counts. */
  uptimeSeconds(): number;
}

const thisHost: TimeSources = { wallMs: () => Date.now(), runningMs: () => performance.now(), uptimeSeconds: () => os.uptime() };

/** Neither the resolution of an uptime nor the seconds that NTP slews are a jump or a suspension. */
const noticeableMs = 3000;
const lookEveryMs = 1000;

/**
 * The time as it was when this was made, and then as it passes: setting the host's clock in between moves no lease, no
 * deadline and no age. A suspended host's time passes too. `onJump` is told by how many seconds the host's clock was set.
 */
export function createSteadyClock(onJump: (seconds: number) => void, sources: TimeSources = thisHost): Clock {
  const began = { wallMs: sources.wallMs(), runningMs: sources.runningMs(), uptimeSeconds: sources.uptimeSeconds() };
  let suspendedMs = 0;
  let jumpedMs = 0;
  let lookedMs = 0;

  function look(passedMs: number): void {
    lookedMs = passedMs;
    const unseenMs = (sources.uptimeSeconds() - began.uptimeSeconds) * 1000 - passedMs;
    if (unseenMs > suspendedMs + noticeableMs) suspendedMs = unseenMs;
    const aheadMs = sources.wallMs() - (began.wallMs + passedMs + suspendedMs);
    if (Math.abs(aheadMs - jumpedMs) < noticeableMs) return;
    onJump(Math.round((aheadMs - jumpedMs) / 1000));
    jumpedMs = aheadMs;
  }

  return {
    now() {
      const passedMs = sources.runningMs() - began.runningMs;
      if (passedMs - lookedMs >= lookEveryMs) look(passedMs);
      return new Date(began.wallMs + passedMs + suspendedMs);
    },
    sleep: systemClock.sleep,
  };
}
