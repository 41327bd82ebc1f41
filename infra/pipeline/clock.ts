import type { LedgerOptions } from '../../src/aws/ledger/ledger.js';

/** The same clock that the adapters take. */
export type Clock = NonNullable<LedgerOptions['clock']>;
