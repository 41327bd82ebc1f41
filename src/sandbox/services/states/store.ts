import { AwsError } from '../../service.js';
import { readDefinition, type Definition } from './definition.js';
import { isClosed, type Execution, type MapRun, type StateMachine } from './records.js';

/** AWS keeps closed executions for 90 days. Source: Step Functions quotas. */
export const retentionMs = 90 * 86_400_000;
/** Beyond AWS's promise, to bound memory: only this many closed executions keep their history and checkpoint. */
const historiesKept = 500;

/** All state machines, executions and Map Runs of both Regions, with the indexes that the API needs. */
export interface StatesStore {
  machines: Map<string, StateMachine>;
  executions: Map<string, Execution>;
  mapRuns: Map<string, MapRun>;
  /** Oldest first; children are listed under their Map Run only. */
  executionsOf(machineOrMapRunArn: string): readonly Execution[];
  add(execution: Execution): void;
  /** To be called when an execution closes: lets go of what old ones no longer need. */
  closed(execution: Execution): void;
  /** Forgets an execution whose 90 days are over. */
  remove(execution: Execution): void;
  definition(stateMachineArn: string, revision: string): Definition;
  machine(arn: string): StateMachine;
  execution(arn: string): Execution;
  mapRun(arn: string): MapRun;
  snapshot(): StatesSnapshot;
  restore(state: StatesSnapshot): void;
}

export interface StatesSnapshot {
  machines: StateMachine[];
  executions: Execution[];
  mapRuns: MapRun[];
}

export function createStatesStore(): StatesStore {
  const machines = new Map<string, StateMachine>();
  const executions = new Map<string, Execution>();
  const mapRuns = new Map<string, MapRun>();
  const lists = new Map<string, Execution[]>();
  const definitions = new Map<string, Definition>();
  let withHistory: Execution[] = [];

  const listKey = (execution: Execution): string => execution.child?.mapRunArn ?? execution.stateMachineArn;
  const store: StatesStore = {
    machines,
    executions,
    mapRuns,
    executionsOf: (arn) => lists.get(arn) ?? [],
    add(execution) {
      executions.set(execution.arn, execution);
      const list = lists.get(listKey(execution));
      if (list) list.push(execution);
      else lists.set(listKey(execution), [execution]);
    },
    closed(execution) {
      withHistory.push(execution);
      if (withHistory.length < historiesKept * 2) return;
      for (const old of withHistory.splice(0, withHistory.length - historiesKept)) dropHistory(old);
    },
    remove(execution) {
      executions.delete(execution.arn);
      lists.set(listKey(execution), (lists.get(listKey(execution)) ?? []).filter((other) => other !== execution));
    },
    definition(stateMachineArn, revision) {
      const key = `${stateMachineArn}@${revision}`;
      let definition = definitions.get(key);
      if (!definition) {
        definition = readDefinition(store.machine(stateMachineArn).definitions[revision] ?? '');
        definitions.set(key, definition);
      }
      return definition;
    },
    machine: (arn) => machines.get(arn) ?? fail('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`),
    execution: (arn) => executions.get(arn) ?? fail('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`),
    mapRun: (arn) => mapRuns.get(arn) ?? fail('ResourceNotFound', `Resource not found: '${arn}'`),
    snapshot: () => structuredClone({ machines: [...machines.values()], executions: [...executions.values()], mapRuns: [...mapRuns.values()] }),
    restore(state) {
      for (const map of [machines, executions, mapRuns, lists, definitions]) map.clear();
      const copy = structuredClone(state);
      for (const machine of copy.machines) machines.set(machine.arn, machine);
      for (const run of copy.mapRuns) mapRuns.set(run.arn, run);
      for (const execution of copy.executions) store.add(execution);
      withHistory = copy.executions.filter((execution) => isClosed(execution.status) && !execution.historyDropped);
    },
  };
  return store;
}

function dropHistory(execution: Execution): void {
  // One that can be redriven needs its checkpoint, and one that was redriven meanwhile is running again.
  if (execution.status !== 'SUCCEEDED') return;
  execution.history = [];
  execution.historyDropped = true;
  execution.frame = { status: 'succeeded', state: execution.frame.state, input: null, variables: {}, lastEventId: execution.frame.lastEventId };
}

function fail(code: string, message: string): never {
  throw new AwsError(code, message);
}
