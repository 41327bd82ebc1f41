import type { JobReference, OperationEvent, OperationResult, OperationSummary, Plan, StepDetail, StepName, StepState } from './operation.js';

export interface StepView {
  name: StepName;
  target: string;
  state: StepState;
  startedAt: string | null;
  seconds: number | null;
  detail: StepDetail;
  /** The newest progress line of a running step. */
  progress?: { message: string; done?: number; total?: number };
  failure?: { code: string; message: string; nextSteps: string[] };
}

/** What an operation's events add up to. The screen, history and reports all read this, never the events' order. */
export interface OperationView {
  operationId: string;
  plan: Plan;
  operator: string;
  reason?: string;
  startedAt: string;
  steps: StepView[];
  notes: { at: string; level: 'info' | 'warn'; message: string }[];
  result?: OperationResult;
}

export function foldOperation(events: readonly OperationEvent[]): OperationView | undefined {
  let view: OperationView | undefined;
  for (const event of events) view = applyEvent(view, event);
  return view;
}

/** One more event. A resumed operation starts again: steps that had finished keep what they found until they run anew. */
export function applyEvent(view: OperationView | undefined, event: OperationEvent): OperationView | undefined {
  if (event.type === 'operation-started') return started(view, event);
  if (!view) return undefined;
  switch (event.type) {
    case 'step-started':
      return withStep(view, event.step, (step) => ({ ...step, target: event.target, state: 'running', startedAt: event.at, seconds: null }));
    case 'step-progress': {
      const { message, done, total } = event;
      return withStep(view, event.step, (step) => ({ ...step, progress: { message, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) } }));
    }
    case 'step-finished':
      return withStep(view, event.step, (step) => ({ ...step, state: event.state, seconds: event.seconds, detail: event.detail }));
    case 'step-failed': {
      const { code, message, nextSteps } = event;
      return withStep(view, event.step, (step) => ({ ...step, state: 'failed', seconds: event.seconds, failure: { code, message, nextSteps } }));
    }
    case 'note':
      return { ...view, notes: [...view.notes, { at: event.at, level: event.level, message: event.message }] };
    case 'operation-finished':
      return { ...view, result: event.result };
    default:
      // A newer version may say more; what it says besides still counts (`newerJournalVersion` tells whether to trust it).
      return view;
  }
}

function started(before: OperationView | undefined, event: Extract<OperationEvent, { type: 'operation-started' }>): OperationView {
  const earlier = new Map(before?.steps.map((step) => [step.name, step]));
  return {
    operationId: event.operationId,
    plan: event.plan,
    operator: event.operator,
    ...(event.reason ? { reason: event.reason } : {}),
    startedAt: before?.startedAt ?? event.at,
    steps: event.plan.steps.map((step) => earlier.get(step.name) ?? { name: step.name, target: step.target, state: 'pending', startedAt: null, seconds: null, detail: {} }),
    notes: before?.notes ?? [],
  };
}

function withStep(view: OperationView, name: StepName, change: (step: StepView) => StepView): OperationView {
  if (!view.steps.some((step) => step.name === name)) {
    return { ...view, steps: [...view.steps, change({ name, target: '', state: 'pending', startedAt: null, seconds: null, detail: {} })] };
  }
  return { ...view, steps: view.steps.map((step) => (step.name === name ? change(step) : step)) };
}

/** The result that the JSON contract promises, from the view and the way it ended. */
export function resultOf(view: OperationView, end: Pick<OperationResult, 'outcome' | 'epoch' | 'nextSteps' | 'refusedCommits'> & { at: string }): OperationResult {
  const { plan } = view;
  const redrive = detailOf(view, 're-drive');
  const adopted = detailOf(view, 'adopt-unknown-inputs');
  const proved = view.steps.find((step) => step.name === 'prove' && step.state === 'done');
  const provedAt = proved?.startedAt ? Date.parse(proved.startedAt) + (proved.seconds ?? 0) * 1000 : null;
  return {
    schemaVersion: 1,
    operationId: view.operationId,
    kind: plan.kind,
    mode: plan.mode,
    deployment: plan.deployment,
    from: plan.from,
    to: plan.to,
    epoch: end.epoch,
    outcome: end.outcome,
    startedAt: view.startedAt,
    finishedAt: end.at,
    steps: view.steps.map(({ name, state, startedAt, seconds, detail }) => ({ name, state, startedAt, seconds, detail: brief(detail) })),
    redriven: listOf<OperationResult['redriven'][number]>(redrive['redriven']),
    parked: listOf<OperationResult['parked'][number]>(redrive['parked']),
    failed: listOf<OperationResult['failed'][number]>(redrive['failed']),
    alreadyDone: listOf<JobReference>(redrive['alreadyDone']),
    outputsPending: listOf<OperationResult['outputsPending'][number]>(redrive['outputsPending']),
    adopted: listOf<JobReference>(adopted['adopted']),
    refusedCommits: end.refusedCommits,
    rtoSeconds: provedAt === null ? null : Math.max(0, Math.round((provedAt - Date.parse(view.startedAt)) / 100) / 10),
    rpo: plan.rpo,
    error: failureOf(view),
    nextSteps: end.nextSteps,
  };
}

function failureOf(view: OperationView): OperationResult['error'] {
  const step = view.steps.findLast((each) => each.state === 'failed');
  return step?.failure ? { step: step.name, code: step.failure.code, message: step.failure.message } : null;
}

export function summaryOf(view: OperationView): OperationSummary {
  const { plan, result } = view;
  return {
    operationId: view.operationId, kind: plan.kind, mode: plan.mode, from: plan.from, to: plan.to, epoch: result?.epoch ?? plan.epochAfter,
    operator: view.operator, startedAt: view.startedAt,
    ...(view.reason ? { reason: view.reason } : {}),
    ...(result ? { finishedAt: result.finishedAt, outcome: result.outcome, rtoSeconds: result.rtoSeconds } : {}),
  };
}

function detailOf(view: OperationView, name: StepName): StepDetail {
  return view.steps.find((step) => step.name === name)?.detail ?? {};
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? value as T[] : [];
}

/** Lists stand once in the result; a step's detail only counts them. */
function brief(detail: StepDetail): StepDetail {
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]));
}
