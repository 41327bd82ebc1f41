import type { OperationEvent } from '../core/operation.js';
import { applyEvent, summaryOf, type OperationView } from '../core/operation-fold.js';
import { describeFailure } from '../core/failure.js';
import type { LedgerWriter, LocalJournal } from './ports.js';

export interface Journal {
  /** Writes the event down, then tells the screen. Resolves when it stands in at least one copy. */
  record(event: OperationEvent): Promise<void>;
  view(): OperationView | undefined;
}

/**
 * The journal in two copies: on this machine first, then in the ledger. Either may fail (a full disk, a ledger without
 * quorum) and the operation goes on with the other; both failing stops it, because an operation that leaves no trace
 * cannot be resumed.
 */
export function createJournal(operationId: string, earlier: OperationEvent[], local: LocalJournal, ledger: LedgerWriter, tell: (event: OperationEvent) => void): Journal {
  let sequence = earlier.length;
  let view = earlier.reduce<OperationView | undefined>(applyEvent, undefined);
  let warned = false;
  const attempt = async (write: () => Promise<void>): Promise<unknown> => {
    try {
      await write();
      return undefined;
    } catch (error) {
      return error;
    }
  };
  // Events of steps that run side by side must still stand in one order.
  let queue: Promise<void> = Promise.resolve();
  const write = async (event: OperationEvent): Promise<void> => {
    const mine = sequence;
    sequence += 1;
    view = applyEvent(view, event);
    const [localFailure, ledgerFailure] = await Promise.all([
      attempt(() => local.append(operationId, mine, event)),
      attempt(async () => {
        await ledger.appendEvent(operationId, mine, event, { timeoutMs: 3000 });
        if (view && (event.type === 'operation-started' || event.type === 'operation-finished')) await ledger.putOperation(summaryOf(view), { timeoutMs: 3000 });
      }),
    ]);
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
