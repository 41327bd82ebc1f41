import type { Action, Schedule } from './schedule.js';

export type Fails = (schedule: Schedule) => Promise<boolean>;

/** Simpler schedules than the given one, the boldest cuts first. */
function* simpler(schedule: Schedule): Generator<Schedule> {
  const { actions } = schedule;
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start + size <= actions.length; start += size) yield { ...schedule, actions: [...actions.slice(0, start), ...actions.slice(start + size)] };
  }
  for (const chance of ['lostRequestChance', 'lostAnswerChance', 'killChance', 'duplicateChance', 'replicationFailureChance', 'conflictChance'] as const) {
    if (schedule[chance] > 0) yield { ...schedule, [chance]: 0 };
  }
  for (const extra of ['smallPages', 'canaries', 'observers'] as const) if (schedule[extra]) yield { ...schedule, [extra]: false };
  if (schedule.mostLatencyMs > 20) yield { ...schedule, mostLatencyMs: 20 };
  for (const [index, action] of actions.entries()) {
    for (const lesser of simplerActions(action)) yield { ...schedule, actions: actions.with(index, lesser) };
  }
}

function* simplerActions(action: Action): Generator<Action> {
  if (action.kind === 'upload' && action.rows > 1) yield { ...action, rows: 1 };
  if (action.kind === 'upload' && action.shape !== 'good') yield { ...action, shape: 'good' };
  if (action.kind !== 'move') return;
  if (action.takeovers.length > 0) yield { ...action, takeovers: action.takeovers.slice(0, -1) };
  if (action.clockAheadMs !== undefined) {
    const { clockAheadMs: _ahead, ...right } = action;
    yield right;
  }
  if (action.backAfterMs !== undefined) {
    const { backAfterMs: _back, ...oneWay } = action;
    yield oneWay;
  }
  if (action.crash) {
    const { crash: _crash, ...whole } = action;
    yield { ...whole, takeovers: [] };
  }
}

/**
 * The smallest schedule that it finds, by cutting greedily, which still fails in the same way. It plays at most
 * `mostRuns` schedules.
 */
export async function shrink(schedule: Schedule, fails: Fails, mostRuns: number): Promise<{ schedule: Schedule; runs: number }> {
  let smallest = schedule;
  let runs = 0;
  for (let progress = true; progress && runs < mostRuns;) {
    progress = false;
    for (const candidate of simpler(smallest)) {
      if (runs >= mostRuns) break;
      runs += 1;
      if (!await fails(candidate)) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return { schedule: smallest, runs };
}
