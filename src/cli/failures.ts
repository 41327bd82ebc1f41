import { describeFailure, failureKind } from '../core/failure.js';
import { BugError, Cancelled, ExitCode, OperatorError } from '../errors.js';
import type { Failure } from '../ui/output.js';
import { Interrupted, TimedOut } from './interrupts.js';

export interface FailureReport {
  failure: Failure;
  exitCode: ExitCode;
}

/**
 * The one place that turns anything thrown into what is printed and the exit code. Only a bug shows a stack trace, and
 * only with `--verbose`.
 */
export function reportFailure(error: unknown, options: { verbose: boolean }): FailureReport {
  const known = operatorErrorBehind(error);
  if (known) {
    const { code, message, nextSteps, details, exitCode } = known;
    return { failure: { code, message, nextSteps, details }, exitCode };
  }
  if (error instanceof Cancelled) return cancelled(error);
  if (error instanceof Interrupted) return cancelled(new Cancelled(false));
  if (error instanceof TimedOut) {
    return { failure: { code: 'TIMED_OUT', message: `Gave up: ${error.message}.`, nextSteps: ['Give it more time with --timeout.'] }, exitCode: ExitCode.failed };
  }
  if (error instanceof BugError) return bug(error, options);
  return fromOutside(error, options);
}

/** Every replica that is asked may meet the same one; what to do about it is not to be lost in the telling. */
function operatorErrorBehind(error: unknown): OperatorError | undefined {
  if (error instanceof OperatorError) return error;
  return error instanceof Error && error.name === 'Error' && error.cause !== undefined ? operatorErrorBehind(error.cause) : undefined;
}

function cancelled(error: Cancelled): FailureReport {
  if (!error.changed) return { failure: { code: 'CANCELLED', message: 'Cancelled. Nothing was changed.', nextSteps: [] }, exitCode: ExitCode.cancelled };
  return {
    failure: { code: 'INTERRUPTED', message: 'Interrupted after something had been changed.', nextSteps: error.resumeCommand ? [`Go on with: ${error.resumeCommand}`] : [] },
    exitCode: ExitCode.interrupted,
  };
}

export const setTheClock = ['Set the clock: turn on NTP.', 'See how far it is off: batchctl doctor'];
export const signInAgain = 'Sign in again, or check AWS_PROFILE, the environment and the "credentials" of the deployment file.';

/** What the SDK, a socket or the file system threw. */
function fromOutside(error: unknown, options: { verbose: boolean }): FailureReport {
  const said = told(error);
  switch (failureKind(error)) {
    case 'credentials':
      return { failure: { code: 'CREDENTIALS', message: credentialsMessage(error), nextSteps: [signInAgain] }, exitCode: ExitCode.credentials };
    case 'clock':
      return { failure: { code: 'CLOCK', message: `AWS refuses what this host signs, because its clock is wrong: ${said}.`, nextSteps: setTheClock }, exitCode: ExitCode.failed };
    case 'permission':
      return { failure: { code: 'PERMISSION', message: `AWS refused the call: ${said}.`, nextSteps: ['Use credentials of the operator role of the deployment.'] }, exitCode: ExitCode.credentials };
    case 'unreachable':
    case 'timeout':
      return { failure: { code: 'UNREACHABLE', message: `A service did not answer: ${said}.`, nextSteps: ['Check the network of this host.', 'See what can still be seen: batchctl status', 'For the sandbox: batchctl sandbox status'] }, exitCode: ExitCode.failed };
    case 'throttled':
      return { failure: { code: 'THROTTLED', message: `AWS is throttling: ${said}.`, nextSteps: ['Try again in a minute.'] }, exitCode: ExitCode.failed };
    case 'conflict':
    case 'not-found':
    case 'service':
      return { failure: { code: 'SERVICE', message: `AWS answered with an error: ${said}.`, nextSteps: ['Try again; if it goes on, batchctl status shows what each Region says.'] }, exitCode: ExitCode.failed };
    case 'other':
      return isFileError(error) ? fileFailure(error) : bug(error, options);
  }
}

/** What we wrapped ourselves says already what happened, once for each Region. */
function told(error: unknown): string {
  return error instanceof Error && error.name === 'Error' && error.cause !== undefined ? error.message : describeFailure(error);
}

/** None at all is another matter than some that are refused, and neither is told better by naming every wrapper. */
function credentialsMessage(error: unknown): string {
  let root = error as Error & { cause?: unknown };
  while (root.cause instanceof Error && failureKind(root.cause) === 'credentials') root = root.cause;
  const said = root.message.split('\n')[0] ?? '';
  if (root.name === 'CredentialsProviderError') return `No AWS credentials were found: ${said}${/[.!?]$/.test(said) ? '' : '.'}`;
  return `AWS did not accept the credentials (${root.name}: ${said}).`;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException & { path?: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

function fileFailure(error: NodeJS.ErrnoException): FailureReport {
  const reasons: Record<string, string> = { ENOENT: 'it does not exist', EACCES: 'permission denied', EPERM: 'permission denied', EISDIR: 'it is a folder', ENOTDIR: 'a part of the path is not a folder', ENOSPC: 'the disk is full', EROFS: 'the file system is read-only' };
  const why = reasons[error.code ?? ''] ?? error.code ?? error.message;
  const where = error.path ?? 'A file';
  return { failure: { code: 'FILE', message: `${where}: ${why}.`, nextSteps: [] }, exitCode: error.code === 'ENOSPC' ? ExitCode.failed : ExitCode.usage };
}

function bug(error: unknown, options: { verbose: boolean }): FailureReport {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const details = options.verbose && error instanceof Error ? { stack: error.stack ?? '' } : {};
  return {
    failure: { code: 'BUG', message: `This should not have happened: ${said}`, nextSteps: ['Please report it, with what --verbose prints.', 'Before trying again, look: batchctl status'], details },
    exitCode: ExitCode.failed,
  };
}
