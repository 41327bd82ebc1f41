import { namesOf, type RunbookName } from './names.js';
import type { Settings } from './settings.js';

/** `aws:invokeLambdaFunction` waits no longer than this (Systems Manager user guide). */
const longestStepSeconds = 300;
const approvalSeconds = 3600;
/** The most that `aws:loop` allows; at more than three minutes each that is over five hours. */
const mostInvocations = 100;

/**
 * The runbook of one kind of move in one Region, which it activates and no other: look and plan, ask for approval where that
 * is wished, drive the operation for as many invocations as it takes, and say how it ended. Each step's failure ends the
 * execution with the engine's own words as its failure message; whatever had begun by then stands in the ledger's journal.
 */
export function runbookDocument(settings: Settings, region: string, kind: RunbookName): object {
  const names = namesOf(settings);
  const call = (action: string, more: Record<string, string>): object => ({
    FunctionName: names.function('operate'),
    InvocationType: 'RequestResponse',
    InputPayload: { action, kind, to: '{{ TargetRegion }}', automation: '{{ automation:EXECUTION_ID }}', ...more },
  });
  const wishes = {
    mode: '{{ Mode }}', confirm: '{{ Confirm }}', acceptDataLoss: '{{ AcceptDataLoss }}', acknowledge: '{{ Acknowledge }}', reason: '{{ Reason }}',
  };
  const output = (Name: string, Type = 'String'): object => ({ Name, Selector: `$.${Name}`, Type });
  return {
    schemaVersion: '0.3',
    description: descriptions(settings, region)[kind],
    assumeRole: names.roleArn(names.runbookRole(region)),
    parameters: parametersOf(settings, region, kind),
    mainSteps: [
      {
        name: 'assess', action: 'aws:invokeLambdaFunction', timeoutSeconds: longestStepSeconds, maxAttempts: 3, onFailure: 'Abort',
        inputs: call('assess', { ...wishes, dryRun: '{{ DryRun }}', approval: '{{ RequireApproval }}', operationId: '{{ Resume }}' }),
        outputs: ['Next', 'OperationId', 'Fingerprint', 'Verdict', 'Summary'].map((name) => output(name)),
        nextStep: 'whatNext',
      },
      {
        name: 'whatNext', action: 'aws:branch',
        inputs: {
          Choices: [
            { NextStep: 'conclude', Variable: '{{ assess.Next }}', StringEquals: 'nothing-to-do' },
            { NextStep: 'conclude', Variable: '{{ assess.Next }}', StringEquals: 'dry-run' },
            { NextStep: 'approve', Variable: '{{ RequireApproval }}', StringEquals: 'yes' },
          ],
          Default: 'move',
        },
      },
      {
        name: 'approve', action: 'aws:approve', timeoutSeconds: approvalSeconds, onFailure: 'Abort',
        inputs: { Message: '{{ assess.Summary }}', MinRequiredApprovals: 1, Approvers: '{{ Approvers }}' },
        nextStep: 'move',
      },
      {
        name: 'move', action: 'aws:loop',
        inputs: {
          Steps: [{
            name: 'drive', action: 'aws:invokeLambdaFunction', timeoutSeconds: longestStepSeconds, maxAttempts: 3, onFailure: 'Abort',
            inputs: call('move', { ...wishes, onDrainDeadline: '{{ OnDrainDeadline }}', operationId: '{{ assess.OperationId }}', fingerprint: '{{ assess.Fingerprint }}' }),
            outputs: [output('Running', 'Boolean'), output('Summary')],
          }],
          LoopCondition: { Variable: '{{ drive.Running }}', BooleanEquals: true },
          MaxIterations: mostInvocations,
        },
        nextStep: 'conclude',
      },
      {
        name: 'conclude', action: 'aws:invokeLambdaFunction', timeoutSeconds: longestStepSeconds, maxAttempts: 3, onFailure: 'Abort', isEnd: true,
        inputs: call('conclude', { operationId: '{{ assess.OperationId }}', next: '{{ assess.Next }}' }),
        outputs: ['Outcome', 'Summary'].map((name) => output(name)),
      },
    ],
    outputs: ['assess.Verdict', 'assess.Summary', 'assess.OperationId', 'conclude.Outcome', 'conclude.Summary'],
  };
}

function descriptions({ app, home }: Settings, region: string): Record<RunbookName, string> {
  return {
    failover: `Moves the batch pipeline ${app} to ${region}, as the command line does: the same checks, plan, lock, journal and report.`,
    failback: `Moves the batch pipeline ${app} to ${region} by plan, with nothing left behind, as the command line does.${region === home ? '' : ` To go back home start it in ${home}.`}`,
  };
}

function parametersOf(settings: Settings, region: string, kind: RunbookName): object {
  const names = namesOf(settings);
  const text = (description: string, fallback: string): object => ({ type: 'String', description, default: fallback });
  const choice = (description: string, allowedValues: string[], fallback: string): object => ({ type: 'String', description, allowedValues, default: fallback });
  return {
    TargetRegion: { type: 'String', description: 'The Region to activate: the one that this runbook is in. It is named, never toggled.', allowedValues: [region] },
    Mode: kind === 'failover'
      ? choice('auto: graceful where the Region being left answers, else ungraceful', ['auto', 'graceful', 'ungraceful'], 'auto')
      : choice('A failback is a planned move', ['graceful'], 'graceful'),
    Confirm: text('The target Region once more; an ungraceful move needs it', ''),
    AcceptDataLoss: text('The number of inputs that may be left behind, exactly as the plan counts them; an ungraceful move needs it', ''),
    Acknowledge: text('What you know and go on with: recent-move, unsettled-target', ''),
    OnDrainDeadline: choice('When jobs still run at the deadline of a graceful move', ['undo', 'redrive'], 'undo'),
    Reason: text('Why, for the journal and the report', ''),
    DryRun: choice('yes: look and plan only', ['yes', 'no'], 'no'),
    RequireApproval: choice('yes: wait until somebody has approved the plan', ['yes', 'no'], 'no'),
    Approvers: { type: 'StringList', description: 'Who may approve: IAM users or roles', default: [names.roleArn(names.operatorRole)] },
    Resume: text('An interrupted operation to go on with, as history names it', ''),
  };
}
