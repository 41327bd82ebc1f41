export type RejectionCode = 'EMPTY_FILE' | 'NO_ROWS' | 'WRONG_HEADER' | 'NOT_CSV' | 'INPUT_GONE';

/**
 * The input can never succeed, so nothing is tried again. Its name is what the state machine's Retry looks at, and its
 * message carries the code to the row, because an error crosses Step Functions as name and text only.
 */
export class InputRejected extends Error {
  constructor(readonly code: RejectionCode, readonly explanation: string) {
    super(`${code}: ${explanation}`);
    this.name = 'InputRejected';
  }
}
