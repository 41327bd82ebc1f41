import type { StepState } from '../core/operation.js';
import type { RegionHealth, RegionRole, SignalLevel, Verdict } from '../core/recommendation-types.js';

type Paint = (text: string) => string;

/** Colours by meaning. Colour is never the only carrier: every symbol stands beside its word. */
export interface Theme {
  heading: Paint;
  strong: Paint;
  faint: Paint;
  good: Paint;
  warn: Paint;
  bad: Paint;
  uncertain: Paint;
  accent: Paint;
}

const plain: Paint = (text) => text;
const sgr = (open: number, close: number): Paint => (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`);

export const plainTheme: Theme = {
  heading: plain, strong: plain, faint: plain, good: plain, warn: plain, bad: plain, uncertain: plain, accent: plain,
};

export const colourTheme: Theme = {
  heading: (text) => sgr(1, 22)(sgr(36, 39)(text)),
  strong: sgr(1, 22),
  faint: sgr(2, 22),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  bad: sgr(31, 39),
  uncertain: sgr(35, 39),
  accent: sgr(36, 39),
};

export function createTheme(colour: boolean): Theme {
  return colour ? colourTheme : plainTheme;
}

export function levelMark(level: SignalLevel, theme: Theme): string {
  switch (level) {
    case 'ok': return theme.good('✔ ok');
    case 'warn': return theme.warn('▲ warn');
    case 'bad': return theme.bad('✖ bad');
    case 'unknown': return theme.uncertain('? unknown');
  }
}

export function healthMark(health: RegionHealth, theme: Theme): string {
  switch (health) {
    case 'healthy': return theme.good('✔ healthy');
    case 'degraded': return theme.warn('▲ degraded');
    case 'impaired': return theme.bad('✖ impaired');
    case 'unknown': return theme.uncertain('? unknown');
  }
}

/** A Region's part, in words that cannot be taken for its health. */
export function roleText(role: RegionRole): string {
  return role === 'unknown' ? 'role unknown' : role;
}

export function verdictMark(verdict: Verdict, theme: Theme): string {
  switch (verdict) {
    case 'GO': return theme.good('✔ GO');
    case 'GO_WITH_DATA_RISK': return theme.warn('▲ GO WITH DATA RISK');
    case 'NO_GO': return theme.bad('✖ NO GO');
    case 'INSUFFICIENT_DATA': return theme.uncertain('? INSUFFICIENT DATA');
  }
}

export function stepMark(state: StepState, theme: Theme): string {
  switch (state) {
    case 'pending': return theme.faint('· pending');
    case 'running': return theme.accent('▸ running');
    case 'done': return theme.good('✔ done');
    case 'skipped': return theme.faint('– skipped');
    case 'failed': return theme.bad('✖ failed');
    case 'warned': return theme.warn('▲ warned');
  }
}

export function jobStatusMark(status: string, theme: Theme): string {
  switch (status) {
    case 'SUCCEEDED': return theme.good('✔ SUCCEEDED');
    case 'RUNNING': return theme.accent('▸ RUNNING');
    case 'FAILED': return theme.bad('✖ FAILED');
    case 'PARKED': return theme.warn('▲ PARKED');
    default: return theme.faint(`· ${status}`);
  }
}
