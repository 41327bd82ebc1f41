import { runConcurrently } from './concurrency.js';
import { Halted } from './failures.js';
import { newFrame } from './records.js';
import { addEvent, bindingsOf, visibleVariables, type Place } from './place.js';
import type { ParallelState } from './definition.js';
import type { Json } from './json.js';

export type FrameRunner = (place: Place) => Promise<Json>;

/** Runs all branches at once; the result is the array of their outputs. One that fails stops the others. */
export async function runParallel(place: Place, state: ParallelState, runFrame: FrameRunner): Promise<Json> {
  const { engine, frame } = place;
  if (!frame.branches) {
    const input = state.Arguments === undefined ? frame.input : await engine.expressions.evaluate(state.Arguments, bindingsOf(place));
    const started = addEvent(place, 'ParallelStateStarted');
    frame.branches = state.branches.map((block) => newFrame(block.startAt, input, started));
    engine.world.changed();
  }
  const branches = frame.branches;
  const outer = visibleVariables(place);
  const count = state.branches.length;
  try {
    await runConcurrently(count, count, place.scope, async (index, scope) => {
      const block = state.branches[index];
      const branch = branches[index];
      if (block && branch) await runFrame({ ...place, block, frame: branch, outer, scope });
    });
  } catch (problem) {
    if (!(problem instanceof Halted)) addEvent(place, 'ParallelStateFailed');
    throw problem;
  }
  addEvent(place, 'ParallelStateSucceeded');
  return branches.map((branch) => branch?.output ?? null);
}
