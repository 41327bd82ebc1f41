import type { CreatedResource, ResourceContext, ResourceHandler } from '../../service.js';
import type { World } from '../../world.js';
import { logGroupArn, type LogGroups } from './service.js';

interface LogGroupProperties {
  LogGroupName?: string;
  RetentionInDays?: number;
  Tags?: unknown;
}

/** AWS::Logs::LogGroup. */
export function createLogGroupResource(world: World, groups: LogGroups): ResourceHandler {
  const created = (region: string, name: string): CreatedResource => ({ ref: name, attributes: { Arn: logGroupArn(world, region, name) } });
  return {
    properties: ['LogGroupName', 'RetentionInDays', 'Tags'],
    async create(context: ResourceContext, properties: LogGroupProperties) {
      const name = properties.LogGroupName ?? `${context.stackName}-${context.logicalId}`;
      groups.create(context.region, name);
      groups.retain(context.region, name, properties.RetentionInDays);
      return created(context.region, name);
    },
    async update(context: ResourceContext, properties: LogGroupProperties, previous: CreatedResource) {
      groups.retain(context.region, previous.ref, properties.RetentionInDays);
      return created(context.region, previous.ref);
    },
    remove: async (context: ResourceContext, previous: CreatedResource) => { groups.delete(context.region, previous.ref); },
  };
}
