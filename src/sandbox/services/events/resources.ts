import { AwsError, type CreatedResource, type ResourceContext, type ResourceHandler } from '../../service.js';
import type { World } from '../../world.js';
import { parseSchedule } from '../compute/schedule-expression.js';
import type { EventPattern } from './event-pattern.js';
import { ruleArn, type Rule, type RuleTarget } from './service.js';

interface RuleProperties {
  Name?: string;
  Description?: string;
  EventBusName?: string;
  EventPattern?: EventPattern | string;
  ScheduleExpression?: string;
  State?: 'ENABLED' | 'DISABLED';
  Targets?: RuleTarget[];
}

interface Rules {
  put(rule: Rule): void;
  remove(arn: string): void;
  find(arn: string): Rule | undefined;
}

const targetMembers = ['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy', 'DeadLetterConfig'];

/** AWS::Events::Rule on the default bus. */
export function ruleResource(world: World, rules: Rules): ResourceHandler {
  const put = (context: ResourceContext, properties: RuleProperties, name: string): CreatedResource => {
    const { EventPattern: pattern, ScheduleExpression: schedule, Targets = [], Description } = properties;
    if (properties.EventBusName !== undefined && properties.EventBusName !== 'default') throw new AwsError('ValidationException', `${context.logicalId}: the sandbox has only the default event bus`);
    if (schedule !== undefined) parseSchedule(schedule);
    for (const target of Targets) {
      for (const member of Object.keys(target)) if (!targetMembers.includes(member)) context.unmodelled(`Targets.${target.Id}.${member}`);
    }
    const arn = ruleArn(world, context.region, name);
    rules.put({
      arn,
      name,
      region: context.region,
      state: properties.State ?? 'ENABLED',
      targets: Targets,
      createdAt: rules.find(arn)?.createdAt ?? world.clock.now(),
      ...(Description === undefined ? {} : { description: Description }),
      ...(pattern === undefined ? {} : { pattern: typeof pattern === 'string' ? (JSON.parse(pattern) as EventPattern) : pattern }),
      ...(schedule === undefined ? {} : { schedule }),
    });
    return { ref: name, attributes: { Arn: arn } };
  };
  return {
    properties: ['Name', 'Description', 'EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets'],
    create: async (context: ResourceContext, properties: RuleProperties) => put(context, properties, properties.Name ?? `${context.stackName}-${context.logicalId}`.slice(0, 64)),
    update: async (context: ResourceContext, properties: RuleProperties, previous: CreatedResource) => put(context, properties, previous.ref),
    remove: async (context: ResourceContext, previous: CreatedResource) => { rules.remove(ruleArn(world, context.region, previous.ref)); },
  };
}
