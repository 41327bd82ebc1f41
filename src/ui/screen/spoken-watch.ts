import { formatUtc } from '../quantities.js';
import { createSignalHistory } from './model/signal-history.js';
import { spokenChanges, spokenSummary } from './model/spoken.js';
import { watchModel, type WatchData, type WatchModel } from './model/watch-model.js';
import type { LiveScreen } from './live-screen.js';

export interface SpokenWatchOptions {
  write(text: string): unknown;
  /**
   * `log`: a line for every look, with its time, and what changed. `reader`: the first look, then only what changed, so
   * that a screen reader is not made to repeat itself.
   */
  style: 'log' | 'reader';
}

/** The watch where nothing can be drawn, or where drawing would be in the way. Loads no terminal library. */
export function openSpokenWatch(options: SpokenWatchOptions): LiveScreen {
  // Words tell of now; the hour before is for those who can see a curve.
  const history = createSignalHistory();
  let before: WatchModel | undefined;
  const say = (lines: string[]): void => { if (lines.length > 0) options.write(`${lines.join('\n')}\n`); };
  return {
    show(data: WatchData) {
      const model = watchModel(data, history);
      const changes = before ? spokenChanges(before, model) : firstTroubles(model);
      if (options.style === 'log') {
        const at = formatUtc(data.snapshot.observedAt);
        say([`${at}  ${spokenSummary(model)}`, ...changes.map((change) => `${at}  ${change}`)]);
      } else say([...(before ? [] : [`${spokenSummary(model)}.`]), ...changes]);
      before = model;
    },
    close: () => {},
  };
}

/** At the first look, what is not well has not "changed", and is said all the same. */
function firstTroubles(model: WatchModel): string[] {
  const calm: WatchModel = {
    ...model,
    assessment: {
      ...model.assessment,
      drift: [],
      regions: Object.fromEntries(Object.entries(model.assessment.regions).map(([region, assessed]) => [region, { ...assessed, signals: assessed.signals.map((signal) => ({ ...signal, level: 'ok' as const })) }])),
    },
  };
  return spokenChanges(calm, model);
}
