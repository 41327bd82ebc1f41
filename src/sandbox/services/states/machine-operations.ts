import { createHash } from 'node:crypto';
import { AwsError, type CallContext } from '../../service.js';
import type { World } from '../../world.js';
import { inspectDefinition, readDefinition } from './definition.js';
import { pageSize, encodeToken, decodeToken } from './history.js';
import type { Json } from './json.js';
import type { StateMachine } from './records.js';
import type { StatesStore } from './store.js';

export interface MachineRequest {
  name: string;
  definition: string;
  roleArn: string;
  type?: string;
  tags?: { key: string; value: string }[];
  loggingConfiguration?: Json;
  tracingConfiguration?: Json;
}

export interface MachineOperations {
  create(region: string, request: MachineRequest): StateMachine;
  update(arn: string, change: Partial<MachineRequest>): StateMachine;
  // The registry types inputs loosely; each operation states its own.
  operations: Record<string, (input: never, call: CallContext) => Promise<unknown>>;
}

export function createMachineOperations(world: World, store: StatesStore): MachineOperations {
  function create(region: string, request: MachineRequest): StateMachine {
    checkName(request.name);
    if (request.type !== undefined && request.type !== 'STANDARD') throw new AwsError('StateMachineTypeNotSupported', 'The sandbox runs STANDARD state machines');
    const arn = `arn:${world.partition}:states:${region}:${world.account}:stateMachine:${request.name}`;
    const existing = store.machines.get(arn);
    const revision = revisionOf(request.definition);
    if (existing) {
      if (existing.revision === revision && existing.roleArn === request.roleArn) return existing;
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    readDefinition(request.definition);
    const now = world.clock.now();
    const machine: StateMachine = {
      arn,
      name: request.name,
      region,
      roleArn: request.roleArn,
      createdAt: now,
      updatedAt: now,
      revision,
      definitions: { [revision]: request.definition },
      tags: Object.fromEntries((request.tags ?? []).map(({ key, value }) => [key, value])),
      ...optional(request),
    };
    store.machines.set(arn, machine);
    world.changed();
    return machine;
  }

  function update(arn: string, change: Partial<MachineRequest>): StateMachine {
    const machine = store.machine(arn);
    if (change.definition !== undefined) {
      readDefinition(change.definition);
      machine.revision = revisionOf(change.definition);
      machine.definitions[machine.revision] = change.definition;
    }
    if (change.roleArn !== undefined) machine.roleArn = change.roleArn;
    Object.assign(machine, optional(change));
    machine.updatedAt = world.clock.now();
    world.changed();
    return machine;
  }

  const operations = {
    CreateStateMachine: async (input: MachineRequest, call: CallContext) => {
      const machine = create(call.region, input);
      return { stateMachineArn: machine.arn, creationDate: new Date(machine.createdAt) };
    },
    UpdateStateMachine: async (input: Partial<MachineRequest> & { stateMachineArn: string }) => {
      const machine = update(input.stateMachineArn, input);
      return { updateDate: new Date(machine.updatedAt), revisionId: machine.revision };
    },
    DescribeStateMachine: async (input: { stateMachineArn: string }) => describe(store.machine(input.stateMachineArn)),
    DescribeStateMachineForExecution: async (input: { executionArn: string }) => {
      const execution = store.execution(input.executionArn);
      const machine = store.machine(execution.stateMachineArn);
      const { name, roleArn } = machine;
      return { stateMachineArn: machine.arn, name, roleArn, definition: machine.definitions[execution.revision], updateDate: new Date(machine.updatedAt), revisionId: execution.revision };
    },
    ListStateMachines: async (input: { maxResults?: number; nextToken?: string }, call: CallContext) => {
      const after = input.nextToken === undefined ? '' : String(decodeToken(input.nextToken) ?? '');
      const size = pageSize(input.maxResults, 100);
      const found = [...store.machines.values()].filter((machine) => machine.region === call.region && machine.arn > after).sort((left, right) => (left.arn < right.arn ? -1 : 1));
      const page = found.slice(0, size);
      return {
        stateMachines: page.map(({ arn, name, createdAt }) => ({ stateMachineArn: arn, name, type: 'STANDARD', creationDate: new Date(createdAt) })),
        ...(found.length > size ? { nextToken: encodeToken(page.at(-1)?.arn ?? '') } : {}),
      };
    },
    ListTagsForResource: async (input: { resourceArn: string }) => {
      const machine = store.machines.get(input.resourceArn);
      if (!machine) throw new AwsError('ResourceNotFound', `Resource not found: '${input.resourceArn}'`);
      return { tags: Object.entries(machine.tags).map(([key, value]) => ({ key, value })) };
    },
    ValidateStateMachineDefinition: async (input: { definition: string }) => {
      const { problems } = inspectDefinition(input.definition);
      const diagnostics = problems.map((problem) => ({ severity: 'ERROR', ...problem }));
      return { result: problems.length === 0 ? 'OK' : 'FAIL', diagnostics, truncated: false };
    },
  };
  return { create, update, operations };
}

function describe(machine: StateMachine): Record<string, unknown> {
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    definition: machine.definitions[machine.revision],
    roleArn: machine.roleArn,
    type: 'STANDARD',
    creationDate: new Date(machine.createdAt),
    revisionId: machine.revision,
    ...optional(machine),
  };
}

function optional(source: { loggingConfiguration?: Json; tracingConfiguration?: Json }): { loggingConfiguration?: Json; tracingConfiguration?: Json } {
  const { loggingConfiguration, tracingConfiguration } = source;
  return {
    ...(loggingConfiguration === undefined ? {} : { loggingConfiguration }),
    ...(tracingConfiguration === undefined ? {} : { tracingConfiguration }),
  };
}

function revisionOf(definition: string): string {
  return createHash('sha256').update(definition).digest('hex').slice(0, 32);
}

/** Names of executions and state machines. Source: StartExecution in the Step Functions API reference. */
export function checkName(name: string): void {
  // eslint-disable-next-line no-control-regex
  if (name.length < 1 || name.length > 80 || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001F\u007F-\u009F]/.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}
