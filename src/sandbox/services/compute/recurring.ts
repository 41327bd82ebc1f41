import type { SandboxClock } from '../../clock.js';
import type { RegionGate } from './region-gate.js';
import type { ScheduleExpression } from './schedule-expression.js';

/** Fires schedules at their times. What it keeps is derived; schedules themselves belong to their service. */
export interface Recurring {
  /** Begins, or replaces, a schedule. `fire` is told the time that it was due. */
  set(schedule: { key: string; region: string; since: number }, expression: ScheduleExpression, fire: (dueAt: number) => void): void;
  clear(key: string): void;
  stop(): void;
}

/**
 * Times that fall into an outage of the schedule's Region are not made up one by one when it is back: it fires once,
 * late, as something that was off for an hour does.
 */
export function createRecurring(clock: SandboxClock, gate: RegionGate): Recurring {
  const timers = new Map<string, () => void>();
  const late = new Set<string>();

  function arm(schedule: Parameters<Recurring['set']>[0], expression: ScheduleExpression, fire: (dueAt: number) => void, after: number): void {
    const dueAt = expression.next(after, schedule.since);
    if (dueAt === undefined) {
      timers.delete(schedule.key);
      return;
    }
    timers.set(schedule.key, clock.after(Math.max(0, dueAt - clock.now()), () => {
      arm(schedule, expression, fire, Math.max(dueAt, clock.now()));
      fireWhenOpen(schedule, dueAt, fire);
    }));
  }

  function fireWhenOpen({ key, region }: { key: string; region: string }, dueAt: number, fire: (dueAt: number) => void): void {
    if (gate.isOpen(region)) {
      fire(dueAt);
      return;
    }
    if (late.has(key)) return;
    late.add(key);
    void gate.open(region).then(() => {
      if (late.delete(key)) fire(dueAt);
    });
  }

  function clear(key: string): void {
    timers.get(key)?.();
    timers.delete(key);
    late.delete(key);
  }

  return {
    set(schedule, expression, fire) {
      clear(schedule.key);
      arm(schedule, expression, fire, clock.now());
    },
    clear,
    stop() {
      for (const key of [...timers.keys(), ...late]) clear(key);
    },
  };
}
