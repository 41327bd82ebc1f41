import type { OperationEvent } from '../core/operation.js';
import { applyEvent, summaryOf, type OperationView } from '../core/operation-fold.js';
import { describeFailure, isTransient } from '../core/failure.js';
import { OperatorError } from '../errors.js';
import type { LedgerWriter } from './ledger-ports.js';
import type { LocalJournal } from './ports.js';

export interface Journal {
  /** Writes the event down, then tells the screen. Resolves when it stands in at least one copy. */
  record(event: OperationEvent): Promise<void>;
  view(): OperationView | undefined;
}

export interface JournalOptions {
  operationId: string;
  /** What an earlier run of the operation left. */
  earlier: readonly OperationEvent[];
  /** How many of the earlier events each copy holds; the rest is written there first. Left out: not known. */
  held?: { here: number; inLedger: number };
  /** Null: this process has no disk of its own. */
  local: LocalJournal | null;
  ledger: LedgerWriter;
  tell(event: OperationEvent): void;
}

/**
 * The journal in two copies: on this machine and in the ledger. Either may fail (a full disk, a ledger without quorum)
 * and the operation goes on with the other; both failing stops it, because an operation that leaves no trace cannot be
 * resumed. A copy that failed catches up before it takes a new event, so that each is always the beginning of the whole.
 *
 * A process without a disk has the ledger's copy alone, and asks it a few times more.
 *
 * `record` throws `JOURNAL_CONFLICT` when another process wrote the operation's next event: two must never drive one.
 */
export function createJournal({ operationId, earlier, held, local, ledger, tell }: JournalOptions): Journal {
  let sequence = earlier.length;
  let view = earlier.reduce<OperationView | undefined>(applyEvent, undefined);
  let warned = false;
  const append = (place: number, event: OperationEvent): Promise<void> => ledger.appendEvent(operationId, place, event, { timeoutMs: 3000 });
  const here = local && createCopy(earlier, held?.here ?? earlier.length, (place, event) => local.append(operationId, place, event));
  const inLedger = createCopy(earlier, held?.inLedger ?? 0, local ? append : (place, event) => insistently(() => append(place, event)));
  // Operations are found by their summaries: one that was not written is owed like any event, or nobody could resume this elsewhere.
  let summaryDue = false;
  const summarise = async (): Promise<void> => {
    if (!view || !summaryDue) return;
    await ledger.putOperation(summaryOf(view), { timeoutMs: 3000 });
    summaryDue = false;
  };
  // Events of steps that run side by side must still stand in one order.
  let queue: Promise<void> = Promise.resolve();
  const write = async (event: OperationEvent): Promise<void> => {
    const mine = sequence;
    sequence += 1;
    view = applyEvent(view, event);
    summaryDue ||= event.type === 'operation-started' || event.type === 'operation-finished';
    const [localFailure, ledgerFailure] = await Promise.all([here ? failureOf(here.append(mine, event)) : undefined, failureOf(inLedger.append(mine, event).then(summarise))]);
    if (isConflict(ledgerFailure)) throw ledgerFailure;
    if (!here && ledgerFailure !== undefined) throw new Error(`the journal could not be written in the ledger (${describeFailure(ledgerFailure)})`, { cause: ledgerFailure });
    if (localFailure !== undefined && ledgerFailure !== undefined) throw new Error(`the journal could be written neither here (${describeFailure(localFailure)}) nor in the ledger (${describeFailure(ledgerFailure)})`, { cause: ledgerFailure });
    tell(event);
    if ((localFailure ?? ledgerFailure) !== undefined && !warned) {
      warned = true;
      const message = localFailure !== undefined ? `this machine's copy of the journal cannot be written (${describeFailure(localFailure)}); the ledger's is enough` : `the ledger's copy of the journal cannot be written (${describeFailure(ledgerFailure)}); this machine's is enough`;
      tell({ type: 'note', at: event.at, level: 'warn', message });
    }
  };
  return {
    record: (event) => {
      const written = queue.then(() => write(event));
      queue = written.catch(() => {});
      return written;
    },
    view: () => view,
  };
}

/** One copy of the journal. An event that could not be written is written before the next one. */
function createCopy(earlier: readonly OperationEvent[], held: number, append: (sequence: number, event: OperationEvent) => Promise<void>) {
  const owed = earlier.slice(held).map((event, place) => ({ sequence: held + place, event, old: true }));
  return {
    async append(sequence: number, event: OperationEvent): Promise<void> {
      owed.push({ sequence, event, old: false });
      for (let next = owed[0]; next; next = owed[0]) {
        try {
          await append(next.sequence, next.event);
        } catch (error) {
          // Where an earlier run left another event, that one stands; only a place that is ours is worth a dispute.
          if (!next.old || !isConflict(error)) throw error;
        }
        owed.shift();
      }
    },
  };
}

const tries = 4;

/** Writing an event again is nothing, so a lost answer is simply asked for once more. */
async function insistently(append: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await append();
    } catch (error) {
      if (!isTransient(error) || attempt >= tries) throw error;
    }
  }
}

async function failureOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'JOURNAL_CONFLICT';
}
