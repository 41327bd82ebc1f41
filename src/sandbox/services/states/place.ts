import type { World } from '../../world.js';
import type { RegionGate } from '../compute/region-gate.js';
import type { Bindings, Expressions } from './expressions.js';
import type { Block, Definition } from './definition.js';
import type { IntegrationCaller } from './integrations.js';
import { Halted } from './failures.js';
import { record } from './history.js';
import type { Json, JsonObject } from './json.js';
import type { Execution, Frame, MapRun } from './records.js';
import type { Scope } from './scope.js';
import type { StatesStore } from './store.js';

/** What running states needs of its surroundings. */
export interface Engine {
  world: World;
  gate: RegionGate;
  store: StatesStore;
  expressions: Expressions;
  callIntegration: IntegrationCaller;
  /** Waits for a place in the Region's quota of state transitions. */
  transition(region: string, scope: Scope): Promise<void>;
  /** Starts or goes on with the child at `index` and resolves when it is closed. */
  runChild(mapRun: MapRun, index: number, scope: Scope): Promise<Execution>;
  /** Ends an execution that is running, with its Map Runs and children. */
  close(execution: Execution, status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED', result: { output?: string; error?: string; cause?: string }): void;
}

/** Where in which execution something runs. */
export interface Place {
  engine: Engine;
  execution: Execution;
  /** The execution's input, parsed. */
  executionInput: Json;
  definition: Definition;
  block: Block;
  frame: Frame;
  /** Variables of the frames around this one. */
  outer: JsonObject;
  scope: Scope;
}

/** Appends to the history. Throws Halted once the place is halted: what still runs then must not touch the checkpoint. */
export function addEvent(place: Place, type: string, details?: JsonObject): number {
  const { engine, execution, frame, scope } = place;
  if (scope.halted) throw new Halted();
  return record(execution, frame, engine.world.clock.now(), type, details);
}

export function visibleVariables(place: Place): JsonObject {
  return { ...place.outer, ...place.frame.variables };
}

/** `$states` and the variables, as an expression of the current state sees them. */
export function bindingsOf(place: Place, more: { result?: Json; errorOutput?: Json; mapItem?: Frame['mapItem'] } = {}): Bindings {
  const { mapItem = place.frame.mapItem, ...outcome } = more;
  return {
    states: { input: place.frame.input, context: contextOf(place, mapItem), ...outcome },
    variables: visibleVariables(place),
  };
}

/** The context object. Source: Step Functions developer guide, "Accessing execution data from the Context object". */
function contextOf(place: Place, mapItem: Frame['mapItem']): JsonObject {
  const { execution, frame, engine } = place;
  const retries = Object.values(frame.retries ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    Execution: {
      Id: execution.arn,
      Input: place.executionInput,
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
      RedriveCount: execution.redriveCount,
      ...(execution.redrivenAt === undefined ? {} : { RedriveTime: new Date(execution.redrivenAt).toISOString() }),
    },
    State: { Name: frame.state, EnteredTime: new Date(frame.enteredAt ?? engine.world.clock.now()).toISOString(), RetryCount: retries },
    StateMachine: { Id: execution.stateMachineArn, Name: execution.stateMachineArn.split(':').at(-1) ?? '' },
    ...(mapItem ? { Map: { Item: { Index: mapItem.Index, Value: mapItem.Value } } } : {}),
  };
}

/** Waits until a moment of the simulated time, and on while the Region is down. */
export async function waitUntil(place: Place, at: number): Promise<void> {
  const { clock } = place.engine.world;
  const remaining = at - clock.now();
  if (remaining > 0) {
    let cancel = (): void => undefined;
    const elapsed = new Promise<void>((resolve) => { cancel = clock.after(remaining, resolve); });
    await place.scope.wait(elapsed).finally(() => cancel());
  }
  await place.scope.wait(place.engine.gate.open(place.execution.region));
}

/**
 * Does work that calls other services, again whenever an outage of the Region cut it: the checkpoint still says that it
 * has not been done, so it is done at least once, as on AWS.
 */
export async function acrossOutages<T>(place: Place, work: () => Promise<T>): Promise<T> {
  const { scope } = place;
  const { gate } = place.engine;
  const { region } = place.execution;
  for (;;) {
    await scope.wait(gate.open(region));
    const outage = gate.outages(region);
    const settled = Promise.allSettled([scope.wait(work())]);
    // A call may never be answered once the Region is gone: the outage itself ends the wait.
    let forget = (): unknown => undefined;
    const cut = new Promise<undefined>((resolve) => {
      forget = gate.onOutage((down) => { if (down === region) resolve(undefined); });
    });
    const outcome = (await Promise.race([settled, cut]))?.[0];
    forget();
    await scope.wait(gate.open(region));
    if (outcome === undefined || gate.outages(region) !== outage) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}

/** A number that the definition gives as it is or as an expression. */
export async function numberOf(place: Place, value: number | string | undefined, otherwise: number): Promise<number> {
  if (value === undefined) return otherwise;
  return Number(typeof value === 'number' ? value : await place.engine.expressions.evaluate(value, bindingsOf(place)));
}
