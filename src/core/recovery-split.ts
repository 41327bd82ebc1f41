import type { OperationEvent, StepName } from './operation.js';

/** The time to recover, by who imposed it. The waits may overlap each other; `ownSeconds` is what none of them covers. */
export interface RecoverySplit {
  /** Waiting that no client can shorten: seconds in which at least one of `waits` went on. */
  awsSeconds: number;
  /** All the rest: looking, deciding, writing down, and the calls themselves. */
  ownSeconds: number;
  waits: { name: string; seconds: number }[];
}

/** Steps that only wait for something of AWS or of the pipeline, and what for. */
const waitingSteps: Partial<Record<StepName, string>> = {
  'flip-routing-controls': 'ARC: a change reaches its five endpoints within 15 s',
  'flip-traffic-dials': 'S3: the access point takes a change of its routes',
  'wait-for-running-jobs': 'the pipeline: running jobs finish',
  'wait-for-replication': 'S3: objects replicate',
  prove: 'the pipeline: a synthetic job runs',
};

interface Span {
  name: string;
  from: number;
  to: number;
}

/** Null when nothing was proved, so that there is no time to recover. Of a resumed operation, the runs that got there count. */
export function recoverySplit(events: readonly OperationEvent[]): RecoverySplit | null {
  const confirmed = events.find((event) => event.type === 'operation-started');
  const proved = events.findLast((event) => event.type === 'step-finished' && event.step === 'prove' && event.state === 'done');
  if (!confirmed || !proved) return null;
  const from = Date.parse(confirmed.at);
  const to = Date.parse(proved.at);
  const spans = waitsOf(events).map((span) => ({ ...span, from: Math.max(from, span.from), to: Math.min(to, span.to) })).filter((span) => span.to > span.from);
  const covered = coveredMs(spans);
  return {
    awsSeconds: seconds(covered),
    ownSeconds: seconds(Math.max(0, to - from - covered)),
    waits: spans.map((span) => ({ name: span.name, seconds: seconds(span.to - span.from) })),
  };
}

function waitsOf(events: readonly OperationEvent[]): Span[] {
  const spans: Span[] = [];
  const startedAt = new Map<StepName, number>();
  for (const event of events) {
    if (event.type === 'step-started') startedAt.set(event.step, Date.parse(event.at));
    if (event.type !== 'step-finished' || event.state === 'skipped') continue;
    const name = waitingSteps[event.step];
    const began = startedAt.get(event.step);
    if (name !== undefined && began !== undefined) spans.push({ name, from: began, to: Date.parse(event.at) });
    const quota = event.step === 're-drive' ? event.detail['quota'] as { waitedFrom: string; waitedUntil: string } | undefined : undefined;
    if (quota) spans.push({ name: 'Step Functions: the start quota', from: Date.parse(quota.waitedFrom), to: Date.parse(quota.waitedUntil) });
  }
  return spans;
}

/** Milliseconds in which at least one of them goes on. */
function coveredMs(spans: readonly Span[]): number {
  let covered = 0;
  let until = -Infinity;
  for (const span of [...spans].sort((left, right) => left.from - right.from)) {
    if (span.to <= until) continue;
    covered += span.to - Math.max(span.from, until);
    until = span.to;
  }
  return covered;
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
