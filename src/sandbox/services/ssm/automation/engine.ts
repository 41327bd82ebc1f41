import type { Iam } from '../../../iam/service.js';
import { NoAnswer, type World } from '../../../world.js';
import type { RegionGate } from '../../compute/region-gate.js';
import { chosenStep, durationMs, invokeFunction, longestInvocationSeconds, pickOutputs, StepFailure, wordsOf } from './actions.js';
import { conditionHolds } from './conditions.js';
import { imitatedActions, stepsInside, type AutomationDocument, type DocumentStep } from './document.js';
import type { StoredExecution, StoredStep } from './records.js';
import { filled, select, shown, textOf, type Variables } from './values.js';

export interface EngineParts {
  world: World;
  gate: RegionGate;
  documentOf(execution: StoredExecution): AutomationDocument;
}

/** Where a step leads: by name, or to the end. */
type Next = { to: string } | 'end';

const defaultApprovalSeconds = 7 * 86_400;
const mostIterations = 100;

export interface AutomationEngine {
  /** Runs an execution from where it stands until it ends. Never rejects. */
  run(execution: StoredExecution): Promise<void>;
  /** Somebody decided, or it was stopped: whoever waits looks again. */
  wake(executionId: string): void;
  stop(): void;
}

/**
 * Runs automation executions step by step, as a state that is written down before each step: after a restart a step that
 * had begun is begun again (at least once, as AWS does where an answer is lost). While the Region is down nothing goes on.
 */
export function createAutomationEngine({ world, gate, documentOf }: EngineParts): AutomationEngine {
  const waiting = new Map<string, () => void>();
  let stopped = false;

  async function run(execution: StoredExecution): Promise<void> {
    const document = documentOf(execution);
    execution.at ??= document.mainSteps[0]?.name;
    try {
      while (execution.at !== undefined && !hasEnded(execution)) {
        const step = document.mainSteps.find((each) => each.name === execution.at);
        if (!step) throw new StepFailure(`there is no step ${execution.at}`);
        const next = await through(execution, step, document.mainSteps);
        if (stopped || hasEnded(execution)) return;
        delete execution.loop;
        if (next === 'end') delete execution.at;
        else execution.at = next.to;
        world.changed();
      }
      if (!hasEnded(execution)) finish(execution, execution.blemish?.status ?? 'Success', execution.blemish?.failure);
    } catch (problem) {
      if (!stopped && !hasEnded(execution)) finish(execution, problem instanceof StepFailure ? problem.status : 'Failed', wordsOf(problem));
    }
  }

  /** One step with its attempts and what its failure leads to. Throws the failure that ends the execution. */
  async function through(execution: StoredExecution, step: DocumentStep, siblings: DocumentStep[], parent?: StoredStep['parent']): Promise<Next> {
    const record = begin(execution, step, parent);
    try {
      const branch = await perform(execution, step, record);
      end(record, 'Success');
      return branch ?? following(step, siblings);
    } catch (problem) {
      if (stopped) throw problem;
      const status = problem instanceof StepFailure ? problem.status : 'Failed';
      const failure = `Step ${step.name}: ${wordsOf(problem)}`;
      end(record, status, failure);
      const onFailure = step.onFailure ?? 'Abort';
      if (onFailure === 'Abort' || status === 'Cancelled') throw new StepFailure(failure, status);
      if (step.isCritical !== false) execution.blemish ??= { status, failure };
      return onFailure === 'Continue' ? following(step, siblings) : { to: onFailure.slice('step:'.length) };
    }
  }

  function begin(execution: StoredExecution, step: DocumentStep, parent: StoredStep['parent']): StoredStep {
    const open = execution.steps.findLast((each) => each.name === step.name && each.endedAt === undefined);
    if (open) return open;
    const record: StoredStep = { id: world.random.uuid(), name: step.name, action: step.action, status: 'InProgress', startedAt: world.clock.now(), inputs: {}, outputs: {}, attempts: 0, ...(parent ? { parent } : {}) };
    execution.steps.push(record);
    execution.decisions = [];
    world.changed();
    return record;
  }

  function end(record: StoredStep, status: StoredStep['status'], failure?: string): void {
    Object.assign(record, { status, endedAt: world.clock.now(), ...(failure === undefined ? {} : { failure }) });
    world.changed();
  }

  async function perform(execution: StoredExecution, step: DocumentStep, record: StoredStep): Promise<Next | undefined> {
    if (!imitatedActions.has(step.action)) throw new StepFailure(`the sandbox does not imitate ${step.action}`);
    const variables = variablesOf(execution);
    if (step.action === 'aws:branch') return chosen(step, variables);
    if (step.action === 'aws:loop') {
      await loop(execution, step);
      return undefined;
    }
    const inputs = filled(step.inputs ?? {}, variables) as Record<string, unknown>;
    record.inputs = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, textOf(value)]));
    if (step.action === 'aws:sleep') await world.clock.sleep(durationMs(String(inputs['Duration'])));
    else if (step.action === 'aws:approve') await approval(execution, step, record, inputs);
    else await attempts(execution, step, record, inputs);
    return undefined;
  }

  function chosen(step: DocumentStep, variables: Variables): Next {
    const to = chosenStep(step, variables);
    if (to !== undefined) return { to };
    if (step.isEnd) return 'end';
    throw new StepFailure('no choice holds, and there is no default');
  }

  async function loop(execution: StoredExecution, step: DocumentStep): Promise<void> {
    const { LoopCondition: condition, MaxIterations = mostIterations } = (step.inputs ?? {}) as { LoopCondition?: Record<string, unknown>; MaxIterations?: number };
    if (!condition) throw new StepFailure('the sandbox imitates loops with a LoopCondition only');
    const inner = stepsInside(step);
    const place = (execution.loop ??= { iteration: 1, inner: 0 });
    for (;;) {
      while (place.inner < inner.length) {
        const next = await through(execution, inner[place.inner] as DocumentStep, inner, { step: step.name, iteration: place.iteration });
        const to = next === 'end' ? inner.length : inner.findIndex((each) => each.name === next.to);
        if (to < 0) throw new StepFailure(`a step of the loop leads out of it, to ${next === 'end' ? 'the end' : next.to}, which the sandbox does not imitate`);
        place.inner = to;
        world.changed();
      }
      if (place.iteration >= MaxIterations || !conditionHolds(condition, variablesOf(execution))) return;
      Object.assign(place, { iteration: place.iteration + 1, inner: 0 });
      world.changed();
    }
  }

  async function attempts(execution: StoredExecution, step: DocumentStep, record: StoredStep, inputs: Record<string, unknown>): Promise<void> {
    for (;;) {
      try {
        record.attempts += 1;
        const { raw, payload } = await withinTime(step, callAcrossOutages(execution, inputs));
        record.outputs = { ...raw, ...pickOutputs(step, payload) };
        for (const [name, value] of Object.entries(record.outputs)) execution.outputs[`${step.name}.${name}`] = value;
        return;
      } catch (problem) {
        if (stopped || hasEnded(execution) || record.attempts >= (step.maxAttempts ?? 1)) throw problem;
      }
    }
  }

  /** Cut by an outage of its own Region: the automation stands still with it, and calls again when the Region is back. */
  async function callAcrossOutages(execution: StoredExecution, inputs: Record<string, unknown>): Promise<{ raw: Record<string, unknown>; payload: unknown }> {
    const { region, principalArn } = execution;
    for (;;) {
      await gate.open(region);
      const outage = gate.outages(region);
      try {
        return await invokeFunction(world, inputs, { region, principal: { arn: principalArn, origin: region } });
      } catch (problem) {
        if (stopped || !(problem instanceof NoAnswer) || gate.outages(region) === outage) throw problem;
      }
    }
  }

  async function withinTime<T>(step: DocumentStep, work: Promise<T>): Promise<T> {
    const seconds = Math.min(step.timeoutSeconds ?? longestInvocationSeconds, longestInvocationSeconds);
    let cancel = (): void => undefined;
    const overdue = new Promise<never>((_, reject) => {
      cancel = world.clock.after(seconds * 1000, () => reject(new StepFailure(`no answer within ${seconds} s`, 'TimedOut')));
    });
    try {
      return await Promise.race([work, overdue]);
    } finally {
      cancel();
    }
  }

  async function approval(execution: StoredExecution, step: DocumentStep, record: StoredStep, inputs: Record<string, unknown>): Promise<void> {
    const wanted = Number(inputs['MinRequiredApprovals'] ?? 1);
    const until = record.startedAt + (step.timeoutSeconds ?? defaultApprovalSeconds) * 1000;
    execution.status = 'Waiting';
    record.status = 'Waiting';
    world.changed();
    for (;;) {
      if (hasEnded(execution)) throw new StepFailure('the execution was stopped', 'Cancelled');
      const rejected = execution.decisions.find((decision) => !decision.approve);
      if (rejected) throw new StepFailure(`rejected by ${rejected.by}${rejected.comment === '' ? '' : `: ${rejected.comment}`}`, 'Rejected');
      const approvers = execution.decisions.filter((decision) => decision.approve).map((decision) => decision.by);
      if (new Set(approvers).size >= wanted) {
        record.outputs = { ApprovalStatus: 'Approved', ApproverDecisions: execution.decisions };
        execution.status = 'InProgress';
        return;
      }
      if (world.clock.now() >= until) throw new StepFailure('nobody approved it in time', 'TimedOut');
      await new Promise<void>((resolve) => {
        const cancel = world.clock.after(until - world.clock.now(), resolve);
        waiting.set(execution.id, () => { cancel(); resolve(); });
      });
      waiting.delete(execution.id);
      if (stopped) throw new StepFailure('the sandbox stopped');
    }
  }

  function variablesOf(execution: StoredExecution): Variables {
    return (name) => {
      switch (name) {
        case 'automation:EXECUTION_ID': return execution.id;
        case 'global:REGION': return execution.region;
        case 'global:ACCOUNT_ID': return world.account;
        case 'global:DATE': return new Date(execution.startedAt).toISOString().slice(0, 10);
        case 'global:DATE_TIME': return new Date(execution.startedAt).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '.');
        default: {
          if (name in execution.parameters) return execution.parameters[name];
          const direct = execution.outputs[name];
          // `step.Output.$.member` is not imitated; what a document picks it declares as an output.
          return direct ?? select(execution.outputs, `.${name}`);
        }
      }
    };
  }

  function finish(execution: StoredExecution, status: StoredExecution['status'], failure?: string): void {
    Object.assign(execution, { status, endedAt: world.clock.now(), ...(failure === undefined ? {} : { failure }) });
    delete execution.at;
    world.publish(execution.region, {
      source: 'aws.ssm', detailType: 'EC2 Automation Execution Status-change Notification',
      resources: [`arn:${world.partition}:ssm:${execution.region}:${world.account}:automation-execution/${execution.id}`],
      detail: { ExecutionId: execution.id, Definition: execution.documentName, DefinitionVersion: execution.documentVersion, Status: status, EndTime: new Date(world.clock.now()).toISOString(), ExecutedBy: execution.executedBy },
    });
    world.changed();
  }

  return {
    run,
    wake: (executionId) => waiting.get(executionId)?.(),
    stop() {
      stopped = true;
      for (const wake of [...waiting.values()]) wake();
    },
  };
}

function hasEnded(execution: StoredExecution): boolean {
  return execution.endedAt !== undefined;
}

/** The step after this one: the one it names, else the one that stands below it. */
function following(step: DocumentStep, siblings: DocumentStep[]): Next {
  if (step.isEnd) return 'end';
  const below = step.nextStep ?? siblings[siblings.findIndex((each) => each.name === step.name) + 1]?.name;
  return below === undefined ? 'end' : { to: below };
}

/** How AWS shows it: names in its own spelling, every output a list of texts. */
export function stepView(step: StoredStep): Record<string, unknown> {
  return {
    StepName: step.name, Action: step.action, StepStatus: step.status, StepExecutionId: step.id,
    ExecutionStartTime: new Date(step.startedAt), ...(step.endedAt === undefined ? {} : { ExecutionEndTime: new Date(step.endedAt) }),
    Inputs: step.inputs, Outputs: Object.fromEntries(Object.entries(step.outputs).map(([name, value]) => [name, shown(value)])),
    ...(step.failure === undefined ? {} : { FailureMessage: step.failure }),
    ...(step.parent ? { ParentStepDetails: { StepName: step.parent.step, Iteration: step.parent.iteration } } : {}),
  };
}

/** Whether the role can be taken by Systems Manager. */
export function runsAs(world: World, document: AutomationDocument, parameters: Record<string, unknown>, starter: string): string | undefined {
  if (!document.assumeRole) return starter;
  const role = String(filled(document.assumeRole, (name) => parameters[name]) ?? '');
  if (role === '') return starter;
  return (world.service('iam') as Iam).canBeAssumedBy(role, 'ssm.amazonaws.com') ? role : undefined;
}
