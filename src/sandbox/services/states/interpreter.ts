import { StateFailure, Halted } from './failures.js';
import { dataText } from './history.js';
import { runMap } from './map.js';
import { runParallel } from './parallel.js';
import { addEvent, bindingsOf, waitUntil, type Place } from './place.js';
import { scratchMembers } from './records.js';
import { afterFailure } from './recovery.js';
import { runTask } from './task.js';
import type { ChoiceState, FailState, State, WaitState } from './definition.js';
import type { Json, JsonObject } from './json.js';

/** What a state leaves behind: its output and variables, and where to go (nowhere: the block is done). */
export interface StateExit {
  output: Json;
  assign?: JsonObject;
  next?: string;
}

/**
 * Runs a block from where its frame stands until it ends, and returns its output. Every step first writes what it did
 * into the frame, so that running the same frame again goes on there: that is how a restart, an outage and a redrive
 * resume. Throws StateFailure when the block fails, Halted when it was told to stop (the frame then stays as it is).
 */
export async function runFrame(place: Place): Promise<Json> {
  const { frame, block } = place;
  if (frame.status === 'succeeded') return frame.output ?? null;
  for (;;) {
    try {
      const state = block.states[frame.state];
      if (!state) throw new StateFailure('States.Runtime', `There is no state named '${frame.state}'.`, true);
      await enter(place, state);
      const exit = await settle(place, state);
      if (exit === 'retry') continue;
      leave(place, state, exit);
      if (exit.next === undefined) return exit.output;
    } catch (problem) {
      if (problem instanceof Halted || place.scope.halted) throw new Halted();
      throw fail(place, asFailure(problem, place));
    }
  }
}

async function enter(place: Place, state: State): Promise<void> {
  const { engine, execution, frame, scope } = place;
  await scope.wait(engine.gate.open(execution.region));
  // A Fail state is entered again by a redrive; any other goes on where it stood.
  if (frame.enteredAt !== undefined && state.Type !== 'Fail') return;
  await engine.transition(execution.region, scope);
  const input = dataText(frame.input, `The input of state '${frame.state}'`);
  addEvent(place, `${state.Type}StateEntered`, { name: frame.state, input });
  frame.enteredAt = engine.world.clock.now();
  engine.world.changed();
}

/** Runs the state, and its Retry or Catch when it fails. */
async function settle(place: Place, state: State): Promise<StateExit | 'retry'> {
  try {
    const exit = await perform(place, state);
    dataText(exit.output, `The output of state '${place.frame.state}'`);
    return exit;
  } catch (problem) {
    if (problem instanceof Halted || place.scope.halted) throw new Halted();
    const failure = asFailure(problem, place);
    const outcome = await afterFailure(place, state, failure);
    if (outcome) return outcome;
    throw failure;
  }
}

function fail(place: Place, failure: StateFailure): StateFailure {
  place.frame.status = 'failed';
  place.frame.error = failure.error;
  place.engine.world.changed();
  return failure;
}

/** Anything but a StateFailure is a fault of the interpreter; it fails the execution and says so. */
function asFailure(problem: unknown, place: Place): StateFailure {
  if (problem instanceof StateFailure) return problem;
  const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  place.engine.world.log(place.execution.region, 'states', `${place.execution.arn} ${place.frame.state}: ${text}`);
  return new StateFailure('States.Runtime', text, true);
}

function leave(place: Place, state: State, exit: StateExit): void {
  const { frame, engine } = place;
  const output = dataText(exit.output, `The output of state '${frame.state}'`);
  const assigned = exit.assign && Object.fromEntries(Object.entries(exit.assign).map(([name, value]) => [name, JSON.stringify(value)]));
  addEvent(place, `${state.Type}StateExited`, { name: frame.state, output, ...(assigned ? { assignedVariables: assigned } : {}) });
  Object.assign(frame.variables, exit.assign);
  for (const scratch of scratchMembers) delete frame[scratch];
  if (exit.next === undefined) {
    frame.status = 'succeeded';
    frame.output = exit.output;
  } else {
    frame.state = exit.next;
    frame.input = exit.output;
  }
  engine.world.changed();
}

async function perform(place: Place, state: State): Promise<StateExit> {
  const { frame, engine } = place;
  switch (state.Type) {
    case 'Pass': return finish(place, state, frame.input);
    case 'Succeed': return finish(place, { ...state, End: true }, frame.input);
    case 'Wait':
      await pause(place, state);
      return finish(place, state, frame.input);
    case 'Choice': return choose(place, state);
    case 'Fail': throw await failureOf(place, state);
    case 'Task': return finish(place, state, await runTask(place, state), true);
    case 'Parallel': return finish(place, state, await runParallel(place, state, runFrame), true);
    case 'Map': return finish(place, state, await runMap(place, state, runFrame), true);
    default: throw new StateFailure('States.Runtime', `The type of state '${frame.state}' is not known to ${engine.world.partition}.`, true);
  }
}

/** Evaluates Output and Assign. `$states.result` exists only in states that have a result. */
export async function finish(
  place: Place,
  state: { Output?: Json; Assign?: JsonObject; Next?: string; End?: boolean },
  result: Json,
  hasResult = false,
): Promise<StateExit> {
  const { expressions } = place.engine;
  if (state.Output === undefined && state.Assign === undefined) return { output: result, ...nextOf(state) };
  const bindings = bindingsOf(place, hasResult ? { result } : {});
  const output = state.Output === undefined ? result : await expressions.evaluate(state.Output, bindings);
  const assign = state.Assign && ((await expressions.evaluate(state.Assign, bindings)) as JsonObject);
  return { output, ...(assign ? { assign } : {}), ...nextOf(state) };
}

function nextOf(state: { Next?: string }): { next?: string } {
  return state.Next === undefined ? {} : { next: state.Next };
}

async function choose(place: Place, state: ChoiceState): Promise<StateExit> {
  const { expressions } = place.engine;
  for (const choice of state.Choices) {
    const met = await expressions.evaluate(choice.Condition, bindingsOf(place));
    if (typeof met !== 'boolean') throw new StateFailure('States.QueryEvaluationError', `The Condition of a rule of '${place.frame.state}' is not a boolean.`);
    if (met) return finish(place, choice, place.frame.input);
  }
  if (state.Default === undefined) throw new StateFailure('States.NoChoiceMatched', `No choice of state '${place.frame.state}' matched.`);
  return finish(place, { ...state, Next: state.Default }, place.frame.input);
}

async function pause(place: Place, state: WaitState): Promise<void> {
  const { frame, engine } = place;
  if (frame.resumeAt === undefined) {
    const value = await engine.expressions.evaluate(state.Seconds ?? state.Timestamp ?? 0, bindingsOf(place));
    const at = state.Seconds === undefined ? Date.parse(String(value)) : engine.world.clock.now() + Number(value) * 1000;
    if (!Number.isFinite(at)) throw new StateFailure('States.QueryEvaluationError', `State '${frame.state}' cannot wait for ${JSON.stringify(value)}.`);
    frame.resumeAt = at;
    engine.world.changed();
  }
  await waitUntil(place, frame.resumeAt);
}

async function failureOf(place: Place, state: FailState): Promise<StateFailure> {
  const { expressions } = place.engine;
  const text = async (value: string | undefined): Promise<string> => (value === undefined ? '' : String(await expressions.evaluate(value, bindingsOf(place))));
  return new StateFailure(await text(state.Error), await text(state.Cause));
}
