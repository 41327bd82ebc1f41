import { OperatorError } from '../../src/errors.js';

/**
 * A function's caller sees the name and the message of what it threw, and nothing else: so the name says what kind it is,
 * and the message holds the next steps too.
 */
export async function toldAsFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const told = new Error([error.message, ...error.nextSteps].join('\n'));
    told.name = error.code;
    throw told;
  }
}
