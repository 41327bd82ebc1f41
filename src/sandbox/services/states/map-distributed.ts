import type { Iam } from '../../iam/service.js';
import { runConcurrently } from './concurrency.js';
import { Halted, StateFailure } from './failures.js';
import { dataText } from './history.js';
import { childInputs } from './map-items.js';
import { writeResults } from './map-results.js';
import { isClosed, type Execution, type MapRun } from './records.js';
import { addEvent, bindingsOf, numberOf, type Place } from './place.js';
import { parseJson, type Json } from './json.js';
import type { MapState } from './definition.js';

/** Children of one Map Run that run at once at most. Source: Step Functions quotas. */
const maximumChildren = 10_000;

/**
 * Runs a Distributed Map: one child execution per item or batch, under a Map Run of its own. The Map Run is part of the
 * checkpoint, so that going on (or redriving) starts only the children that have not succeeded.
 */
export async function runDistributedMap(place: Place, state: MapState): Promise<Json> {
  const { frame, engine } = place;
  requirePermissions(place);
  const mapRun = frame.mapRunArn === undefined ? await beginMapRun(place, state) : engine.store.mapRun(frame.mapRunArn);
  const failures = new Set<number>();
  const limit = mapRun.maxConcurrency === 0 ? maximumChildren : Math.min(mapRun.maxConcurrency, maximumChildren);
  try {
    await runConcurrently(mapRun.inputs.length, limit, place.scope, async (index, scope) => {
      const child = childAt(place, mapRun, index) ?? (await engine.runChild(mapRun, index, scope));
      if (child.status !== 'SUCCEEDED') failures.add(index);
      if (exceedsTolerance(mapRun, failures.size)) {
        throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
      }
    });
    const output = await gather(place, state, mapRun);
    endMapRun(place, mapRun, 'SUCCEEDED');
    addEvent(place, 'MapRunSucceeded');
    addEvent(place, 'MapStateSucceeded');
    return output;
  } catch (problem) {
    if (!(problem instanceof Halted)) failMapRun(place, mapRun, problem);
    throw problem;
  }
}

/**
 * Step Functions starts, watches and stops the children as the state machine's role, and redrives them as it when the
 * parent is redriven. Source: Step Functions developer guide, "IAM policies for using Distributed Map states".
 */
function requirePermissions({ engine: { world }, execution: { region, roleArn, arn, stateMachineArn }, frame }: Place): void {
  const machine = stateMachineArn.split(':').at(-1) ?? '';
  const children = `${arn.split(':').slice(0, 6).join(':')}:${machine}/${frame.state}:child`;
  const needed: [string, string][] = [
    ['states:StartExecution', stateMachineArn], ['states:DescribeExecution', arn], ['states:StopExecution', arn],
    ...(frame.mapRunArn === undefined ? [] : [['states:RedriveExecution', children] as [string, string]]),
  ];
  const iam = world.service('iam') as Iam;
  for (const [action, resource] of needed) {
    if (!iam.permits(roleArn, region, action, resource)) throw new StateFailure('States.Runtime', `${roleArn} is not authorized to perform: ${action} on resource: ${resource}`);
  }
}

async function beginMapRun(place: Place, state: MapState): Promise<MapRun> {
  const { frame, engine, execution } = place;
  const inputs = await childInputs(place, state);
  const machine = execution.stateMachineArn.split(':').at(-1) ?? '';
  const label = state.Label ?? frame.state.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 40);
  const mapRun: MapRun = {
    arn: `${execution.arn.split(':').slice(0, 5).join(':')}:mapRun:${machine}/${label}:${engine.world.random.uuid()}`,
    executionArn: execution.arn,
    stateMachineArn: execution.stateMachineArn,
    region: execution.region,
    label,
    blockId: state.processor.id,
    status: 'RUNNING',
    startedAt: engine.world.clock.now(),
    maxConcurrency: await numberOf(place, state.MaxConcurrency, 0),
    toleratedFailureCount: await numberOf(place, state.ToleratedFailureCount, 0),
    toleratedFailurePercentage: await numberOf(place, state.ToleratedFailurePercentage, 0),
    express: state.childType === 'EXPRESS',
    inputs,
    children: inputs.map(() => null),
    resultsWritten: 0,
    redriveCount: 0,
  };
  addEvent(place, 'MapStateStarted', { length: inputs.length });
  addEvent(place, 'MapRunStarted', { mapRunArn: mapRun.arn });
  engine.store.mapRuns.set(mapRun.arn, mapRun);
  frame.mapRunArn = mapRun.arn;
  engine.world.changed();
  return mapRun;
}

/** A child that need not run (again): one that has closed since this Map Run was last begun or redriven. */
function childAt(place: Place, mapRun: MapRun, index: number): Execution | undefined {
  const arn = mapRun.children[index];
  const child = typeof arn === 'string' ? place.engine.store.executions.get(arn) : undefined;
  return child && isClosed(child.status) ? child : undefined;
}

/** Either threshold fails the run once it is exceeded. Source: Step Functions, "Setting failure thresholds". */
export function exceedsTolerance(mapRun: MapRun, failed: number): boolean {
  if (failed === 0) return false;
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = mapRun;
  if (count === 0 && percentage === 0) return true;
  const beyondCount = count > 0 && failed > count;
  const beyondPercentage = percentage > 0 && (failed * 100) / mapRun.inputs.length > percentage;
  return beyondCount || beyondPercentage;
}

async function gather(place: Place, state: MapState, mapRun: MapRun): Promise<Json> {
  const children = mapRun.children.map((arn) => place.engine.store.execution(arn ?? ''));
  if (state.ResultWriter) {
    const parameters = await place.engine.expressions.evaluate(state.ResultWriter.Arguments ?? {}, bindingsOf(place));
    return writeResults(place, mapRun, children, parameters, state.ResultWriter.WriterConfig ?? {});
  }
  const outputs = children.filter((child) => child.status === 'SUCCEEDED').map((child) => parseJson(child.output ?? 'null') ?? null);
  dataText(outputs, `The output of state '${place.frame.state}'`);
  return outputs;
}

function failMapRun(place: Place, mapRun: MapRun, problem: unknown): void {
  const { engine } = place;
  const failure = problem instanceof StateFailure ? problem : new StateFailure('States.Runtime', String(problem));
  for (const arn of mapRun.children) {
    const child = typeof arn === 'string' ? engine.store.executions.get(arn) : undefined;
    if (child && !isClosed(child.status)) engine.close(child, 'ABORTED', {});
  }
  endMapRun(place, mapRun, 'FAILED');
  addEvent(place, 'MapRunFailed', { error: failure.error, cause: failure.reason });
  addEvent(place, 'MapStateFailed');
}

function endMapRun(place: Place, mapRun: MapRun, status: MapRun['status']): void {
  mapRun.status = status;
  mapRun.stoppedAt = place.engine.world.clock.now();
  place.engine.world.changed();
}
