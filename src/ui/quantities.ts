const unknownText = 'unknown';

/** `1,234,567` */
export function formatCount(value: number | null | undefined): string {
  return value == null ? unknownText : value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Powers of 1,000, as AWS bills: `999 B`, `1.5 kB`, `12 MB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return unknownText;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units that say something. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return unknownText;
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'], [Math.floor(whole / 3600) % 24, 'h'], [Math.floor(whole / 60) % 60, 'min'], [whole % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

/** `2026-11-21 06:04:20Z` */
export function formatUtc(time: string | Date): string {
  const date = typeof time === 'string' ? new Date(time) : time;
  if (Number.isNaN(date.getTime())) return unknownText;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `2026-11-21 06:04:20Z (3 min 20 s ago)` */
export function formatUtcWithAge(time: string | undefined, now: Date): string {
  if (time === undefined) return unknownText;
  const ageSeconds = (now.getTime() - new Date(time).getTime()) / 1000;
  if (!Number.isFinite(ageSeconds)) return unknownText;
  return `${formatUtc(time)} (${formatAge(ageSeconds)})`;
}

export function formatAge(ageSeconds: number): string {
  if (ageSeconds < -1) return `in ${formatSeconds(-ageSeconds)}`;
  return ageSeconds < 1 ? 'just now' : `${formatSeconds(Math.floor(ageSeconds))} ago`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
