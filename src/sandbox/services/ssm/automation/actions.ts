import { AwsError, type Principal } from '../../../service.js';
import type { World } from '../../../world.js';
import { conditionHolds } from './conditions.js';
import type { DocumentStep } from './document.js';
import { select, textOf, type Variables } from './values.js';

/** A step that did not succeed, in the words that its failure message has. */
export class StepFailure extends Error {
  constructor(message: string, readonly status: 'Failed' | 'TimedOut' | 'Cancelled' | 'Rejected' = 'Failed') {
    super(message);
  }
}

/** Source: reference of `aws:invokeLambdaFunction`: one call may last five minutes. */
export const longestInvocationSeconds = 300;

/** Calls the function as the runbook's role and gives what it answered, by the names that outputs have. */
export async function invokeFunction(world: World, inputs: Record<string, unknown>, from: { region: string; principal: Principal }): Promise<{ raw: Record<string, unknown>; payload: unknown }> {
  const given = inputs['InputPayload'] ?? inputs['Payload'];
  const Payload = Buffer.from(given === undefined ? '{}' : textOf(given));
  const InvocationType = inputs['InvocationType'] ?? 'RequestResponse';
  const answer = await world.call<{ StatusCode: number; FunctionError?: string; Payload?: Uint8Array }>('lambda', 'Invoke', { FunctionName: inputs['FunctionName'], InvocationType, Payload }, from);
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  if (answer.FunctionError !== undefined) throw new StepFailure(`${answer.FunctionError} error from the function: ${text}`);
  return { raw: { StatusCode: answer.StatusCode, Payload: text }, payload: text === '' ? null : JSON.parse(text) as unknown };
}

/** The outputs that a step declares, picked from the function's answer. Errors: StepFailure for a member that is not there. */
export function pickOutputs(step: DocumentStep, payload: unknown): Record<string, unknown> {
  return Object.fromEntries((step.outputs ?? []).map(({ Name, Selector }) => {
    const value = select(payload, Selector);
    if (value === undefined) throw new StepFailure(`Output ${Name}: nothing is at ${Selector} of the function's answer.`);
    return [Name, value];
  }));
}

/** The step that the first choice that holds leads to; undefined: none does and there is no default. */
export function chosenStep(step: DocumentStep, variables: Variables): string | undefined {
  const { Choices = [], Default } = (step.inputs ?? {}) as { Choices?: (Record<string, unknown> & { NextStep: string })[]; Default?: string };
  return Choices.find((choice) => conditionHolds(choice, variables))?.NextStep ?? Default;
}

/** `PT10S`, `PT1H30M`, `P1D`. */
export function durationMs(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match) throw new StepFailure(`${JSON.stringify(text)} is not an ISO 8601 duration.`);
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

export function wordsOf(problem: unknown): string {
  return problem instanceof AwsError ? `${problem.code}: ${problem.message}` : problem instanceof Error ? problem.message : String(problem);
}
