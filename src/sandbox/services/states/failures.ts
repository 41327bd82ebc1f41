import type { Json } from './json.js';

/** A state failed with an error name that Retry and Catch can match; unmatched, it fails the execution. */
export class StateFailure extends Error {
  constructor(
    readonly error: string,
    readonly reason: string,
    /** Neither retried nor caught: the execution itself cannot go on. */
    readonly fatal = false,
  ) {
    super(`${error}: ${reason}`);
    this.name = 'StateFailure';
  }

  /** `$states.errorOutput`. */
  output(): Json {
    return { Error: this.error, Cause: this.reason };
  }
}

/** The work was told to stop where it stands: nothing is recorded, and the checkpoint stays as it is. */
export class Halted extends Error {
  constructor() {
    super('halted');
    this.name = 'Halted';
  }
}

/** Errors that the `States.ALL` wildcard does not match. Source: Step Functions, "Handling errors". */
const beyondAll = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/**
 * Whether an `ErrorEquals` list matches an error name. `States.TaskFailed` matches every error but a time-out.
 * Source: Step Functions developer guide, "Handling errors in Step Functions workflows".
 */
export function errorMatches(errorEquals: readonly string[], error: string): boolean {
  if (errorEquals.includes(error)) return true;
  if (beyondAll.has(error)) return false;
  if (errorEquals.includes('States.ALL')) return true;
  if (errorEquals.includes('States.Timeout') && error === 'States.HeartbeatTimeout') return true;
  return errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout';
}
