import type { OperationContext } from '../operation-context.js';

/** As often as an eye can follow. */
const intervalMs = 250;
/** The speed of the last moments is what the next ones will have. */
const lookbackMs = 5000;

/** Tells how many open jobs are looked after and how long the rest will take: as the quota allows, or as fast as we are. */
export function tellProgress(context: OperationContext, total: number): { finished(): void } {
  const now = (): number => context.read.clock.now().getTime();
  let done = 0;
  let toldAt = -Infinity;
  const marks: { at: number; done: number }[] = [{ at: now(), done: 0 }];

  function recentPerSecond(at: number): number {
    while ((marks[1]?.at ?? Infinity) < at - lookbackMs) marks.shift();
    const since = marks[0];
    return since && at > since.at ? ((done - since.done) / (at - since.at)) * 1000 : 0;
  }

  function tell(): void {
    const at = now();
    if (at - toldAt < intervalMs && done < total) return;
    toldAt = at;
    const perSecond = recentPerSecond(at);
    marks.push({ at, done });
    const secondsLeft = Math.max(context.starts.secondsFor(total - done), perSecond > 0 ? (total - done) / perSecond : 0);
    const left = done < total && secondsLeft >= 1 ? `, about ${Math.round(secondsLeft)} s left` : '';
    context.progress('re-drive', `${done} of ${total} open jobs looked after${left}`, { done, total, secondsLeft: Math.round(secondsLeft * 10) / 10 });
  }

  return {
    finished: () => {
      done += 1;
      tell();
    },
  };
}
