import type { Faults } from '../../faults.js';

/**
 * Whether a Region computes. While it is down nothing in it starts or finishes, timers included: what was going to
 * happen waits at `open` and goes on when the Region is back, as executions and queues do in reality.
 */
export interface RegionGate {
  isOpen(region: string): boolean;
  /** Resolves when the Region computes: at once, or when it is up again. */
  open(region: string): Promise<void>;
  /** How many times the Region has gone down since the start: work that spans a change of this number was lost. */
  outages(region: string): number;
  /** Calls `listener` whenever a Region goes down; the returned function unsubscribes. */
  onOutage(listener: (region: string) => void): () => void;
  /** Stops listening to faults; whoever still waits keeps waiting. */
  close(): void;
}

interface Watched {
  computing: boolean;
  outages: number;
  waiting: (() => void)[];
}

export function createRegionGate(faults: Faults): RegionGate {
  const watched = new Map<string, Watched>();
  const listeners = new Set<(region: string) => void>();
  const watch = (region: string): Watched => {
    let entry = watched.get(region);
    if (!entry) {
      entry = { computing: faults.computing(region), outages: 0, waiting: [] };
      watched.set(region, entry);
    }
    return entry;
  };
  const close = faults.onChange(() => {
    for (const [region, entry] of watched) {
      const computing = faults.computing(region);
      if (computing === entry.computing) continue;
      entry.computing = computing;
      if (computing) {
        for (const resume of entry.waiting.splice(0)) resume();
      } else {
        entry.outages += 1;
        for (const listener of [...listeners]) listener(region);
      }
    }
  });
  return {
    isOpen: (region) => watch(region).computing,
    outages: (region) => watch(region).outages,
    onOutage: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    close,
    async open(region) {
      const entry = watch(region);
      // A loop, because the Region can be down again by the time that a waiter's turn comes.
      while (!entry.computing) await new Promise<void>((resume) => entry.waiting.push(resume));
    },
  };
}
