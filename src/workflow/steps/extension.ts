import { extensionToken, filledParameters } from '../../core/extension-steps.js';
import type { ExtensionCall, PlannedStep } from '../../core/operation.js';
import { ExitCode, OperatorError, refused } from '../../errors.js';
import { done, poll, skipped, type OperationContext, type Step, type StepOutcome } from '../operation-context.js';

const lookEveryMs = 2000;
/** A document that has failed is started anew by the next resumption; nobody resumes more often than this. */
const mostAttempts = 50;

/**
 * Calls what the user declared. It has to be idempotent by its token: where an answer was lost it is asked for again with
 * the same token, which for a document finds the execution that was started. What had succeeded is not called again.
 */
export function extensionStep(planned: PlannedStep & { extension: ExtensionCall }): Step {
  const { name, extension } = planned;
  return {
    name,
    async run(context) {
      if (context.hasSucceeded(name)) return skipped('it has succeeded already');
      const deadlineMs = Math.max(1000, planned.deadlineSeconds * 1000 - context.spentMs(name));
      return extension.document === undefined
        ? callFunction(context, planned, extension.function ?? '', deadlineMs)
        : runDocument(context, planned, extension.document, deadlineMs);
    },
  };
}

async function callFunction(context: OperationContext, planned: PlannedStep & { extension: ExtensionCall }, name: string, deadlineMs: number): Promise<StepOutcome> {
  const { region, when } = planned.extension;
  // Nobody remembers for a function what a token led to, so one token stands for the step, however often it is tried.
  const token = extensionToken(context.plan, planned.name, 1);
  const input = { extension: planned.name.slice('extension:'.length), when, token, home: context.target.home, ...factsOf(context) };
  const answer = await context.write.extensions.callFunction(region, name, input, { timeoutMs: deadlineMs, signal: context.signal });
  const detail = { function: name, region, token, inputs: Object.keys(input) };
  if (answer.ok) return done(detail);
  throw failed(planned, `the function ${name} in ${region} failed: ${answer.why}`);
}

async function runDocument(context: OperationContext, planned: PlannedStep & { extension: ExtensionCall }, document: string, deadlineMs: number): Promise<StepOutcome> {
  const { region } = planned.extension;
  const { extensions } = context.write;
  const begun = context.read.clock.now().toISOString();
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const token = extensionToken(context.plan, planned.name, attempt);
    const parameters = filledParameters(planned.extension.parameters, { token, ...textOf(factsOf(context)) });
    const execution = await extensions.startDocument(region, document, parameters, token, { signal: context.signal });
    const ended = await poll(context, { everyMs: lookEveryMs, deadlineMs }, async () => {
      const seen = await extensions.readDocument(region, execution, { signal: context.signal });
      context.progress(planned.name, `${document} in ${region}: ${seen.status}`);
      return seen.status === 'running' ? undefined : seen;
    });
    if (!ended) throw failed(planned, `the document ${document} in ${region} was still running after ${planned.deadlineSeconds} s (execution ${execution})`);
    if (ended.status === 'succeeded') return done({ document, region, token, execution, inputs: Object.keys(parameters) });
    // It had failed before this run began: an earlier try, which this one is to repeat.
    if (ended.endedAt !== undefined && ended.endedAt < begun) continue;
    throw failed(planned, `the document ${document} in ${region} failed: ${ended.why ?? 'no reason given'} (execution ${execution})`);
  }
  throw failed(planned, `the document ${document} in ${region} has failed ${mostAttempts} times`);
}

function factsOf({ plan, operationId }: OperationContext): { operationId: string; deployment: string; kind: string; mode: string; from: string; to: string; epoch: number } {
  return { operationId, deployment: plan.deployment, kind: plan.kind, mode: plan.mode, from: plan.from, to: plan.to, epoch: plan.epochAfter };
}

function textOf(facts: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));
}

/** Before the fence it is a refusal and everything is put back; behind it the move stands and can be gone on with. */
function failed(planned: PlannedStep & { extension: ExtensionCall }, why: string): OperatorError {
  const message = `${planned.name}: ${why}.`;
  const steps = ['See why there, put it right, and go on.', 'If the move must not wait for it: set its onFailure to continue in the deployment file, and make the move anew.'];
  if (planned.extension.when === 'before') return refused('EXTENSION_FAILED', message, steps);
  return new OperatorError('EXTENSION_FAILED', message, { exitCode: ExitCode.failed, nextSteps: steps });
}
