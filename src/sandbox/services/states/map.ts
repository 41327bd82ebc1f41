import { runConcurrently } from './concurrency.js';
import { Halted, StateFailure } from './failures.js';
import { runDistributedMap } from './map-distributed.js';
import { newFrame, type Frame } from './records.js';
import { addEvent, bindingsOf, numberOf, visibleVariables, type Place } from './place.js';
import type { Scope } from './scope.js';
import type { MapState } from './definition.js';
import type { Json } from './json.js';
import type { FrameRunner } from './parallel.js';

/** Iterations of an inline Map that run at once when MaxConcurrency is 0 or left out. Source: Step Functions quotas. */
const inlineConcurrency = 40;

export async function runMap(place: Place, state: MapState, runFrame: FrameRunner): Promise<Json> {
  return state.mode === 'DISTRIBUTED' ? runDistributedMap(place, state) : runInlineMap(place, state, runFrame);
}

async function runInlineMap(place: Place, state: MapState, runFrame: FrameRunner): Promise<Json> {
  const { frame, engine } = place;
  if (!frame.items || !frame.branches) {
    frame.items = await itemsOf(place, state);
    addEvent(place, 'MapStateStarted', { length: frame.items.length });
    frame.branches = frame.items.map(() => null);
    engine.world.changed();
  }
  const { items, branches } = frame;
  const asked = await numberOf(place, state.MaxConcurrency, 0);
  const outer = visibleVariables(place);
  const limit = asked === 0 ? inlineConcurrency : Math.min(asked, inlineConcurrency);
  const runOne = async (index: number, scope: Scope): Promise<void> => {
    if (branches[index]?.reported) return;
    const iteration = branches[index] ?? (await beginIteration(place, state, index, items[index] ?? null));
    branches[index] = iteration;
    await runIteration({ ...place, block: state.processor, frame: iteration, outer, scope }, index, frame.state, runFrame);
  };
  try {
    await runConcurrently(items.length, limit, place.scope, runOne);
  } catch (problem) {
    if (!(problem instanceof Halted)) recordFailure(place, branches);
    throw problem;
  }
  addEvent(place, 'MapStateSucceeded');
  return branches.map((branch) => branch?.output ?? null);
}

function recordFailure(place: Place, branches: (Frame | null)[]): void {
  for (const [index, branch] of branches.entries()) {
    if (branch?.status === 'running') addEvent({ ...place, frame: branch }, 'MapIterationAborted', { name: place.frame.state, index });
  }
  addEvent(place, 'MapStateFailed');
}

async function beginIteration(place: Place, state: MapState, index: number, item: Json): Promise<Frame> {
  const mapItem = { Index: index, Value: item };
  const input = state.ItemSelector === undefined ? item : await place.engine.expressions.evaluate(state.ItemSelector, bindingsOf(place, { mapItem }));
  const started = addEvent(place, 'MapIterationStarted', { name: place.frame.state, index });
  return { ...newFrame(state.processor.startAt, input, started), mapItem };
}

async function runIteration(place: Place, index: number, name: string, runFrame: FrameRunner): Promise<void> {
  try {
    await runFrame(place);
  } catch (problem) {
    if (!(problem instanceof Halted)) addEvent(place, 'MapIterationFailed', { name, index });
    throw problem;
  }
  addEvent(place, 'MapIterationSucceeded', { name, index });
  place.frame.reported = true;
}

/** The items of a Map whose items are data: `Items`, or the state's input. */
export async function itemsOf(place: Place, state: MapState): Promise<Json[]> {
  const items = state.Items === undefined ? place.frame.input : await place.engine.expressions.evaluate(state.Items, bindingsOf(place));
  if (!Array.isArray(items)) throw new StateFailure('States.QueryEvaluationError', `The items of state '${place.frame.state}' are not an array.`);
  return items;
}
