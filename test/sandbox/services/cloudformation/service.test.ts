import { beforeEach, describe, expect, it } from 'vitest';
import { createCloudFormation } from '../../../../src/sandbox/services/cloudformation/service.js';
import type { StackRecord } from '../../../../src/sandbox/services/cloudformation/stack-record.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

const east = 'us-east-1';
const stack: StackRecord = {
  stackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/app/1', stackName: 'app', region: east, status: 'CREATE_COMPLETE', createdAt: 1_800_000_000_000,
  parameters: { Size: 'small' }, tags: {}, outputs: { QueueUrl: { value: 'https://queue', exportName: 'queue' } },
  resources: { Queue: { type: 'AWS::SQS::Queue', properties: {}, created: { ref: 'https://queue', attributes: {} }, assets: {}, updatedAt: 1_800_000_000_000 } },
};
let world: SmallWorld;

beforeEach(() => {
  world = createSmallWorld();
  world.add(createCloudFormation(world)).putStack(stack);
});

describe('stacks', () => {
  it('are described by name or id in their Region only', async () => {
    const described = { Stacks: [{ StackName: 'app', StackStatus: 'CREATE_COMPLETE', CreationTime: new Date(stack.createdAt), Outputs: [{ OutputKey: 'QueueUrl', OutputValue: 'https://queue', ExportName: 'queue' }], Parameters: [{ ParameterKey: 'Size', ParameterValue: 'small' }] }] };
    expect(await world.as(east)('cloudformation', 'DescribeStacks', { StackName: 'app' })).toMatchObject(described);
    expect(await world.as(east)('cloudformation', 'DescribeStacks', { StackName: stack.stackId })).toMatchObject(described);
    expect(await world.as('us-west-2')('cloudformation', 'DescribeStacks')).toEqual({ Stacks: [] });
    await expect(world.as('us-west-2')('cloudformation', 'DescribeStacks', { StackName: 'app' })).rejects.toMatchObject({ code: 'ValidationError', message: 'Stack with id app does not exist' });
  });

  it('list their resources and exports', async () => {
    expect(await world.as(east)('cloudformation', 'ListStackResources', { StackName: 'app' })).toMatchObject({ StackResourceSummaries: [{ LogicalResourceId: 'Queue', PhysicalResourceId: 'https://queue', ResourceType: 'AWS::SQS::Queue' }] });
    expect(await world.as(east)('cloudformation', 'ListExports')).toMatchObject({ Exports: [{ Name: 'queue', Value: 'https://queue' }] });
    expect(await world.as(east)('cloudformation', 'ListStacks', { StackStatusFilter: ['UPDATE_COMPLETE'] })).toEqual({ StackSummaries: [] });
  });

  it('cannot be changed through the API', async () => {
    await expect(world.as(east)('cloudformation', 'DeleteStack', { StackName: 'app' })).rejects.toMatchObject({ code: 'ValidationError' });
  });

  it('survive a restart', async () => {
    const restarted = createCloudFormation(world);
    await restarted.restore?.(saved(world.service('cloudformation')));
    expect(restarted.stack(east, 'app')).toEqual(stack);
    expect(restarted.exported(east, 'queue')).toBe('https://queue');
  });
});
