/**
 * EventBridge Scheduler. Imitated: schedules of `rate()`, `cron()` and `at()` in UTC with start and end dates, targets
 * Lambda, Step Functions, SQS and SNS called as the schedule's role, retries and dead-letter queues. A firing that falls
 * into an outage of the Region is delivered when the Region is back.
 *
 * Not imitated: time zones other than UTC, flexible windows (it fires at their beginning), universal targets, groups
 * other than the default one.
 */
import { requireAssumable } from '../../iam/role-checks.js';
import { AwsError, type CallContext, type CreatedResource, type RequiredPermission, type ResourceContext, type ResourceHandler, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createRecurring } from '../compute/recurring.js';
import { createRegionGate } from '../compute/region-gate.js';
import { parseSchedule, type ScheduleExpression } from '../compute/schedule-expression.js';
import { createTargetDelivery, type Delivery } from '../compute/target-delivery.js';

interface ScheduleTarget {
  Arn: string;
  RoleArn: string;
  Input?: string;
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  DeadLetterConfig?: { Arn?: string };
}

interface ScheduleProperties {
  Name?: string;
  Description?: string;
  GroupName?: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  StartDate?: string;
  EndDate?: string;
  State?: 'ENABLED' | 'DISABLED';
  FlexibleTimeWindow?: { Mode?: string };
  Target: ScheduleTarget;
}

interface Schedule {
  arn: string;
  name: string;
  region: string;
  expression: string;
  state: 'ENABLED' | 'DISABLED';
  target: ScheduleTarget;
  createdAt: number;
  startAt?: number;
  endAt?: number;
  description?: string;
}

interface SchedulerSnapshot {
  schedules: Schedule[];
  deliveries: Delivery[];
}

/** Source: EventBridge Scheduler API reference, RetryPolicy. */
const defaultRetries = 185;
const defaultAgeSeconds = 86_400;

export function createScheduler(world: World): Service {
  const gate = createRegionGate(world.faults);
  const recurring = createRecurring(world.clock, gate);
  const schedules = new Map<string, Schedule>();
  const delivery = createTargetDelivery(world, 'scheduler', gate, (failed) => metric(failed.region, 'InvocationDroppedCount'));

  function metric(region: string, name: string): void {
    world.recordMetric(region, { namespace: 'AWS/Scheduler', name, value: 1, unit: 'Count', dimensions: { ScheduleGroup: 'default' } });
  }

  function put(schedule: Schedule): void {
    const expression = bounded(parseSchedule(schedule.expression), schedule);
    schedules.set(schedule.arn, schedule);
    if (schedule.state === 'DISABLED') recurring.clear(schedule.arn);
    else recurring.set({ key: schedule.arn, region: schedule.region, since: schedule.startAt ?? schedule.createdAt }, expression, (dueAt) => fire(schedule, dueAt));
    world.changed();
  }

  function remove(arn: string): void {
    recurring.clear(arn);
    schedules.delete(arn);
    world.changed();
  }

  function fire(schedule: Schedule, dueAt: number): void {
    const { target, region } = schedule;
    metric(region, 'InvocationAttemptCount');
    delivery.accept({
      id: world.random.uuid(),
      region,
      sourceArn: schedule.arn,
      targetArn: target.Arn,
      roleArn: target.RoleArn,
      payload: filled(target.Input ?? '{}', schedule.arn, dueAt),
      maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries,
      maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultAgeSeconds,
      acceptedAt: dueAt,
      dueAt,
      attempts: 0,
      ...(target.DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: target.DeadLetterConfig.Arn }),
    });
  }

  const arnOf = (region: string, name: string): string => `arn:${world.partition}:scheduler:${region}:${world.account}:schedule/default/${name}`;

  const operations = {
    ListSchedules: async (_input: unknown, call: CallContext) => ({
      Schedules: [...schedules.values()].filter((schedule) => schedule.region === call.region).map(({ arn, name, state, target, createdAt }) => ({
        Arn: arn, Name: name, GroupName: 'default', State: state, Target: { Arn: target.Arn }, CreationDate: new Date(createdAt),
      })),
    }),
    GetSchedule: async (input: { Name: string }, call: CallContext) => {
      const schedule = schedules.get(arnOf(call.region, input.Name));
      if (!schedule) throw new AwsError('ResourceNotFoundException', `Schedule ${input.Name} does not exist.`, { status: 404 });
      const { arn, name, state, target, createdAt, expression } = schedule;
      return { Arn: arn, Name: name, GroupName: 'default', State: state, ScheduleExpression: expression, Target: target, CreationDate: new Date(createdAt) };
    },
  };

  return {
    name: 'scheduler',
    operations,
    permissions: (operation, input, call): RequiredPermission[] => {
      const { Name } = input as { Name?: string };
      return [{ action: `scheduler:${operation}`, resource: Name === undefined ? '*' : arnOf(call.region, Name) }];
    },
    resources: { 'AWS::Scheduler::Schedule': scheduleResource(world, arnOf, (arn) => schedules.get(arn), put, remove) },
    snapshot: (): SchedulerSnapshot => structuredClone({ schedules: [...schedules.values()], deliveries: delivery.pending() }),
    restore(state: SchedulerSnapshot) {
      recurring.stop();
      schedules.clear();
      for (const schedule of structuredClone(state.schedules)) put(schedule);
      delivery.restore(state.deliveries);
    },
    start: () => delivery.resume(),
    stop() {
      recurring.stop();
      delivery.stop();
      gate.close();
    },
    inspect: () => ({ schedules: schedules.size, undelivered: delivery.pending().length }),
  };
}

function scheduleResource(
  world: World,
  arnOf: (region: string, name: string) => string,
  find: (arn: string) => Schedule | undefined,
  put: (schedule: Schedule) => void,
  remove: (arn: string) => void,
): ResourceHandler {
  const apply = (context: ResourceContext, properties: ScheduleProperties, name: string): CreatedResource => {
    const zone = properties.ScheduleExpressionTimezone ?? 'UTC';
    if (!['UTC', 'Etc/UTC'].includes(zone)) context.unmodelled('ScheduleExpressionTimezone', 'schedules run in UTC');
    if (properties.FlexibleTimeWindow?.Mode === 'FLEXIBLE') context.unmodelled('FlexibleTimeWindow', 'schedules fire at the beginning of the window');
    if (properties.GroupName !== undefined && properties.GroupName !== 'default') context.unmodelled('GroupName', 'all schedules are in the default group');
    requireAssumable(world, properties.Target.RoleArn, 'scheduler.amazonaws.com', { code: 'ValidationException', message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.' });
    const arn = arnOf(context.region, name);
    const { StartDate, EndDate, Description } = properties;
    put({
      arn,
      name,
      region: context.region,
      expression: properties.ScheduleExpression,
      state: properties.State ?? 'ENABLED',
      target: properties.Target,
      createdAt: find(arn)?.createdAt ?? world.clock.now(),
      ...(StartDate === undefined ? {} : { startAt: Date.parse(StartDate) }),
      ...(EndDate === undefined ? {} : { endAt: Date.parse(EndDate) }),
      ...(Description === undefined ? {} : { description: Description }),
    });
    return { ref: name, attributes: { Arn: arn } };
  };
  return {
    properties: ['Name', 'Description', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate', 'State', 'FlexibleTimeWindow', 'Target'],
    create: async (context: ResourceContext, properties: ScheduleProperties) => apply(context, properties, properties.Name ?? `${context.stackName}-${context.logicalId}`.slice(0, 64)),
    update: async (context: ResourceContext, properties: ScheduleProperties, previous: CreatedResource) => apply(context, properties, previous.ref),
    remove: async (context: ResourceContext, previous: CreatedResource) => { remove(arnOf(context.region, previous.ref)); },
  };
}

/** An expression within the schedule's start and end dates. */
function bounded(expression: ScheduleExpression, { startAt, endAt }: Schedule): ScheduleExpression {
  return {
    next(after, since) {
      const dueAt = expression.next(startAt === undefined ? after : Math.max(after, startAt - 1), since);
      return dueAt === undefined || (endAt !== undefined && dueAt > endAt) ? undefined : dueAt;
    },
  };
}

/** The context attributes that an input may name. Source: Scheduler user guide, "Adding context attributes". */
function filled(input: string, arn: string, dueAt: number): string {
  return input.replaceAll('<aws.scheduler.schedule-arn>', arn).replaceAll('<aws.scheduler.scheduled-time>', new Date(dueAt).toISOString());
}
