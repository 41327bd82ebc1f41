/** Exit codes of the command line; scripts of others rely on them (`batchctl help exit-codes`). */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  credentials: 4,
  cancelled: 5,
  interrupted: 6,
  doneWithExceptions: 7,
  degraded: 10,
  failoverAdvised: 11,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface OperatorErrorOptions {
  /** What the operator can do next, most useful first. Each is a sentence or a command to type. */
  nextSteps?: string[];
  exitCode?: ExitCode;
  cause?: unknown;
  /** Facts that a script may want beside the message. Never secrets, never presigned URLs. */
  details?: Record<string, unknown>;
}

/**
 * Something that the operator can understand and act on. It is printed as message and next steps, never as a stack
 * trace. `code` is stable and meant for scripts, such as `CONFIG_INVALID` or `LOCK_HELD`.
 */
export class OperatorError extends Error {
  readonly code: string;
  readonly nextSteps: string[];
  readonly exitCode: ExitCode;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, options: OperatorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatorError';
    this.code = code;
    this.nextSteps = options.nextSteps ?? [];
    this.exitCode = options.exitCode ?? ExitCode.failed;
    this.details = options.details ?? {};
  }
}

/** A guardrail said no and nothing was touched (exit 3). */
export function refused(code: string, message: string, nextSteps: string[] = [], details: Record<string, unknown> = {}): OperatorError {
  return new OperatorError(code, message, { nextSteps, details, exitCode: ExitCode.refused });
}

/** The command line or the deployment file is wrong (exit 2). */
export function usage(code: string, message: string, nextSteps: string[] = []): OperatorError {
  return new OperatorError(code, message, { nextSteps, exitCode: ExitCode.usage });
}

/** A state that our own code promises cannot happen. The one error that asks to be reported. */
export class BugError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BugError';
  }
}

/** The operator stopped the command. `changed` tells whether anything had been changed by then. */
export class Cancelled extends Error {
  constructor(readonly changed: boolean, readonly resumeCommand?: string) {
    super('cancelled by the operator');
    this.name = 'Cancelled';
  }
}
