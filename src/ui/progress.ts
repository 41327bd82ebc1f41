import type { OutputEvent } from './output.js';
import { printable } from './printable.js';
import { formatBytes, formatCount, formatSeconds } from './quantities.js';

type ProgressEvent = Extract<OutputEvent, { type: 'progress' }>;

interface Started {
  atMs: number;
  done: number;
}

/** Draws `[██████    ] 62% of 1.5 GB  34 MB/s  17 s left`, remembering when each task began to tell its speed. */
export interface ProgressMeter {
  draw(event: ProgressEvent): string;
  forget(task: string): void;
}

const barWidth = 24;

export function createProgressMeter(): ProgressMeter {
  const started = new Map<string, Started>();
  return {
    draw(event) {
      const atMs = new Date(event.at).getTime();
      const first = started.get(event.task) ?? { atMs, done: event.done };
      started.set(event.task, first);
      const elapsedSeconds = (atMs - first.atMs) / 1000;
      const speed = elapsedSeconds > 0.5 ? (event.done - first.done) / elapsedSeconds : undefined;
      return [printable(event.task), ...amounts(event), ...pace(event, speed)].join('  ');
    },
    forget: (task) => started.delete(task),
  };
}

function amounts(event: ProgressEvent): string[] {
  if (event.total === null) return [quantity(event.done, event.unit)];
  const fraction = event.total === 0 ? 1 : Math.min(1, event.done / event.total);
  const filled = Math.round(fraction * barWidth);
  return [`[${'█'.repeat(filled)}${' '.repeat(barWidth - filled)}]`, `${Math.floor(fraction * 100)}% of ${quantity(event.total, event.unit)}`];
}

function pace(event: ProgressEvent, speed: number | undefined): string[] {
  if (speed === undefined || speed <= 0) return [];
  const shown = [`${quantity(Math.round(speed), event.unit)}/s`];
  if (event.total !== null && event.done < event.total) shown.push(`${formatSeconds((event.total - event.done) / speed)} left`);
  return shown;
}

function quantity(amount: number, unit: ProgressEvent['unit']): string {
  return unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} ${unit}`;
}
