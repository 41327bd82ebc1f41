import { AwsError, type CallContext, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import type { StackRecord, UnmodelledEntry } from './stack-record.js';

/**
 * CloudFormation's reading side: the stacks that the deployer made, with their resources, outputs and exports, as
 * `DescribeStacks` and its neighbours tell them. Stacks are created by the sandbox from a cloud assembly; creating or
 * changing them through this API is refused, because the assembly would then no longer say what runs.
 * Pages: ListStacks and ListStackResources answer in one page.
 */
export interface CloudFormationService extends Service {
  stack(region: string, nameOrId: string): StackRecord | undefined;
  stacks(): StackRecord[];
  putStack(record: StackRecord): void;
  removeStack(region: string, stackName: string): void;
  /** The value that any stack of the Region exports under this name. */
  exported(region: string, name: string): string | undefined;
  unmodelled(): UnmodelledEntry[];
  /** Replaces what is known of one stack. */
  setUnmodelled(region: string, stackName: string, entries: UnmodelledEntry[]): void;
}

interface State {
  stacks: StackRecord[];
  unmodelled: UnmodelledEntry[];
}

export function createCloudFormation(world: World): CloudFormationService {
  let stacks = new Map<string, StackRecord>();
  let unmodelled: UnmodelledEntry[] = [];
  const keyOf = (region: string, stackName: string): string => `${region}/${stackName}`;
  const find = (region: string, nameOrId: string): StackRecord | undefined =>
    stacks.get(keyOf(region, nameOrId)) ?? [...stacks.values()].find((stack) => stack.stackId === nameOrId && stack.region === region);
  const needed = (call: CallContext, nameOrId: string | undefined): StackRecord => {
    if (!nameOrId) throw new AwsError('ValidationError', 'StackName must be specified');
    const stack = find(call.region, nameOrId);
    if (!stack) throw new AwsError('ValidationError', `Stack with id ${nameOrId} does not exist`);
    return stack;
  };
  const inRegion = (region: string): StackRecord[] => [...stacks.values()].filter((stack) => stack.region === region);
  // The sandbox has one way in for changes; the answer says which.
  const refuseChange = (): Promise<never> => Promise.reject(new AwsError('ValidationError', 'Stacks of the sandbox come from a cloud assembly; synthesise again to change them, and: batchctl sandbox deploy, or sandbox destroy'));

  return {
    name: 'cloudformation',
    stack: find,
    stacks: () => [...stacks.values()],
    putStack: (record) => { stacks.set(keyOf(record.region, record.stackName), record); world.changed(); },
    removeStack: (region, stackName) => {
      stacks.delete(keyOf(region, stackName));
      unmodelled = unmodelled.filter((entry) => entry.region !== region || entry.stackName !== stackName);
      world.changed();
    },
    exported: (region, name) => inRegion(region).flatMap((stack) => Object.values(stack.outputs)).find((output) => output.exportName === name)?.value,
    unmodelled: () => unmodelled,
    setUnmodelled: (region, stackName, entries) => {
      unmodelled = [...unmodelled.filter((entry) => entry.region !== region || entry.stackName !== stackName), ...entries];
      world.changed();
    },
    operations: {
      DescribeStacks: async (input: { StackName?: string }, call) => ({
        Stacks: (input.StackName ? [needed(call, input.StackName)] : inRegion(call.region)).map(describeStack),
      }),
      ListStacks: async (input: { StackStatusFilter?: string[] }, call) => ({
        StackSummaries: inRegion(call.region)
          .filter((stack) => !input.StackStatusFilter?.length || input.StackStatusFilter.includes(stack.status))
          .map((stack) => ({
            StackId: stack.stackId, StackName: stack.stackName, TemplateDescription: stack.description, StackStatus: stack.status,
            StackStatusReason: stack.statusReason, CreationTime: new Date(stack.createdAt), LastUpdatedTime: optionalDate(stack.updatedAt),
          })),
      }),
      ListExports: async (_input: object, call) => ({
        Exports: inRegion(call.region).flatMap((stack) => Object.values(stack.outputs)
          .filter((output) => output.exportName)
          .map((output) => ({ ExportingStackId: stack.stackId, Name: output.exportName, Value: output.value }))),
      }),
      ListStackResources: async (input: { StackName?: string }, call) => ({
        StackResourceSummaries: resourcesOf(needed(call, input.StackName)),
      }),
      DescribeStackResources: async (input: { StackName?: string; LogicalResourceId?: string }, call) => {
        const stack = needed(call, input.StackName);
        const wanted = resourcesOf(stack).filter((resource) => !input.LogicalResourceId || resource.LogicalResourceId === input.LogicalResourceId);
        return { StackResources: wanted.map(({ LastUpdatedTimestamp, ...resource }) => ({ ...resource, StackName: stack.stackName, StackId: stack.stackId, Timestamp: LastUpdatedTimestamp })) };
      },
      CreateStack: refuseChange, UpdateStack: refuseChange, DeleteStack: refuseChange, CreateChangeSet: refuseChange, ExecuteChangeSet: refuseChange,
    },
    permissions: (operation, input, call) => permissionsOf(world, operation, (input as { StackName?: string }).StackName, call, find),
    snapshot: (): State => ({ stacks: [...stacks.values()], unmodelled }),
    restore: (state: never) => {
      const saved = state as State;
      stacks = new Map(saved.stacks.map((stack) => [keyOf(stack.region, stack.stackName), stack]));
      unmodelled = saved.unmodelled;
    },
    inspect: () => ({ stacks: [...stacks.values()].map((stack) => ({ stackName: stack.stackName, region: stack.region, status: stack.status, resources: Object.keys(stack.resources).length })) }),
  };
}

function permissionsOf(world: World, operation: string, stackName: string | undefined, call: CallContext, find: CloudFormationService['stack']): RequiredPermission[] {
  const stack = stackName ? find(call.region, stackName) : undefined;
  const named = stack?.stackId ?? `arn:${world.partition}:cloudformation:${call.region}:${world.account}:stack/${stackName ?? ''}/*`;
  return [{ action: `cloudformation:${operation}`, resource: stackName ? named : '*' }];
}

function optionalDate(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

function describeStack(stack: StackRecord): Record<string, unknown> {
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    Description: stack.description,
    CreationTime: new Date(stack.createdAt),
    LastUpdatedTime: optionalDate(stack.updatedAt),
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: false,
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
    Outputs: Object.entries(stack.outputs).map(([OutputKey, output]) => ({
      OutputKey, OutputValue: output.value, Description: output.description, ExportName: output.exportName,
    })),
  };
}

function resourcesOf(stack: StackRecord): { LogicalResourceId: string; PhysicalResourceId: string; ResourceType: string; ResourceStatus: string; LastUpdatedTimestamp: Date }[] {
  return Object.entries(stack.resources).map(([logicalId, resource]) => ({
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.created.ref,
    ResourceType: resource.type,
    ResourceStatus: resource.updatedAt > stack.createdAt && stack.updatedAt ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE',
    LastUpdatedTimestamp: new Date(resource.updatedAt),
  }));
}
