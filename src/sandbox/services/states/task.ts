import { StateFailure } from './failures.js';
import { parseResource, type Resource } from './resource-names.js';
import { acrossOutages, addEvent, bindingsOf, numberOf, type Place } from './place.js';
import type { TaskState } from './definition.js';
import type { Json, JsonObject } from './json.js';

/** Makes a Task's call once and returns its result; Retry and Catch are the interpreter's. */
export async function runTask(place: Place, state: TaskState): Promise<Json> {
  const { engine, frame } = place;
  const resource = parseResource(state.Resource);
  if (!resource) throw new StateFailure('States.Runtime', `The resource ${state.Resource} is not supported.`, true);
  const parameters = state.Arguments === undefined ? frame.input : await engine.expressions.evaluate(state.Arguments, bindingsOf(place));
  const timeoutSeconds = await numberOf(place, state.TimeoutSeconds, 0);
  const heartbeatSeconds = await numberOf(place, state.HeartbeatSeconds, 0);
  const events = eventsOf(place, resource, timeoutSeconds);
  if (!frame.scheduled) {
    events.scheduled(parameters);
    events.started();
    frame.scheduled = true;
    engine.world.changed();
  }
  try {
    const result = await acrossOutages(place, () => attempt(place, resource, parameters, { timeoutSeconds, heartbeatSeconds }));
    events.succeeded(result);
    return result;
  } catch (problem) {
    if (problem instanceof StateFailure) events.failed(problem);
    throw problem;
  }
}

async function attempt(
  place: Place,
  resource: Resource,
  parameters: Json,
  limits: { timeoutSeconds: number; heartbeatSeconds: number },
): Promise<Json> {
  const { engine, execution, scope } = place;
  let cancel = (): void => undefined;
  const limit = shortest(limits);
  const overdue = limit && new Promise<never>((_, reject) => {
    cancel = engine.world.clock.after(limit.seconds * 1000, () => reject(new StateFailure(limit.error, '')));
  });
  const call = engine.callIntegration(resource, parameters, { region: execution.region, roleArn: execution.roleArn });
  try {
    return await scope.wait(overdue ? Promise.race([call, overdue]) : call);
  } finally {
    cancel();
  }
}

/** Request-response tasks send no heartbeats, so a heartbeat limit is a second time limit under another name. */
function shortest(limits: { timeoutSeconds: number; heartbeatSeconds: number }): { seconds: number; error: string } | undefined {
  const { timeoutSeconds, heartbeatSeconds } = limits;
  if (heartbeatSeconds > 0 && (timeoutSeconds === 0 || heartbeatSeconds < timeoutSeconds)) return { seconds: heartbeatSeconds, error: 'States.HeartbeatTimeout' };
  return timeoutSeconds > 0 ? { seconds: timeoutSeconds, error: 'States.Timeout' } : undefined;
}

interface TaskEvents {
  scheduled(parameters: Json): void;
  started(): void;
  succeeded(result: Json): void;
  failed(failure: StateFailure): void;
}

/** A task named by a function's ARN has events of its own kind; all others share one. */
function eventsOf(place: Place, resource: Resource, timeoutSeconds: number): TaskEvents {
  const timeout: JsonObject = timeoutSeconds > 0 ? { timeoutInSeconds: timeoutSeconds } : {};
  const isTimeout = (failure: StateFailure): boolean => failure.error === 'States.Timeout' || failure.error === 'States.HeartbeatTimeout';
  const problem = (failure: StateFailure): JsonObject => ({ error: failure.error, cause: failure.reason });
  if (resource.kind === 'lambda-direct') {
    return {
      scheduled: (parameters) => addEvent(place, 'LambdaFunctionScheduled', { resource: resource.functionArn, input: JSON.stringify(parameters), ...timeout }),
      started: () => addEvent(place, 'LambdaFunctionStarted'),
      succeeded: (result) => addEvent(place, 'LambdaFunctionSucceeded', { output: JSON.stringify(result) }),
      failed: (failure) => addEvent(place, isTimeout(failure) ? 'LambdaFunctionTimedOut' : 'LambdaFunctionFailed', problem(failure)),
    };
  }
  const names = resource.kind === 'lambda-invoke' ? { resourceType: 'lambda', resource: 'invoke' } : { resourceType: resource.resourceType, resource: resource.resource };
  return {
    scheduled: (parameters) => addEvent(place, 'TaskScheduled', { ...names, region: place.execution.region, parameters: JSON.stringify(parameters), ...timeout }),
    started: () => addEvent(place, 'TaskStarted', names),
    succeeded: (result) => addEvent(place, 'TaskSucceeded', { ...names, output: JSON.stringify(result) }),
    failed: (failure) => addEvent(place, isTimeout(failure) ? 'TaskTimedOut' : 'TaskFailed', { ...names, ...problem(failure) }),
  };
}
