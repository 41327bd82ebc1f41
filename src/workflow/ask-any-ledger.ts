import { describeFailure } from '../core/failure.js';
import type { LedgerReader } from './ledger-ports.js';

/**
 * Both replicas of the ledger hold the same truth, so whichever answers first will do. When none does, the first
 * reason is thrown, so that missing credentials are told from a network that is down.
 */
export async function askAnyLedger<T>(ledgers: Record<string, LedgerReader>, ask: (ledger: LedgerReader) => Promise<T>): Promise<T> {
  const each = Object.values(ledgers);
  try {
    return await Promise.any(each.map((ledger) => ask(ledger)));
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const reasons = error.errors.map((reason: unknown, index) => `${each[index]?.region}: ${describeFailure(reason)}`);
    throw Object.assign(new Error(`no replica of the ledger answered (${reasons.join('; ')})`), { cause: error.errors[0] as unknown });
  }
}
