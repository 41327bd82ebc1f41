/**
 * EventBridge: each Region's default event bus. Imitated: rules with event patterns or schedules, targets Lambda, Step
 * Functions, SQS and SNS with input transformation, roles, retries, age limits and dead-letter queues, PutEvents and its
 * limits, delivery at least once and out of order. Undelivered events wait while the Region is down.
 *
 * Not imitated: other buses, archives, pipes, API destinations, deliveries across Regions or accounts.
 */
import { AwsError, type CallContext, type RequiredPermission, type Service } from '../../service.js';
import type { BusEvent, World } from '../../world.js';
import { createRecurring } from '../compute/recurring.js';
import { createRegionGate } from '../compute/region-gate.js';
import { parseSchedule } from '../compute/schedule-expression.js';
import { createTargetDelivery, type Delivery } from '../compute/target-delivery.js';
import { compilePattern, type EventPattern } from './event-pattern.js';
import { ruleResource } from './resources.js';
import { targetInput, type TargetInput } from './target-input.js';

export interface EventsService extends Service {
  /** Puts an event of an AWS service on the Region's default bus. */
  publish(region: string, event: BusEvent): void;
}

export interface EventsOptions {
  /** Probability that an event is delivered to a target a second time though nothing failed. */
  duplicateChance?: number;
  /** Deliveries begin within this time, in any order. */
  deliverySpreadMs?: number;
}

export interface RuleTarget extends TargetInput {
  Id: string;
  Arn: string;
  RoleArn?: string;
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  DeadLetterConfig?: { Arn?: string };
}

export interface Rule {
  arn: string;
  name: string;
  region: string;
  description?: string;
  pattern?: EventPattern;
  schedule?: string;
  state: 'ENABLED' | 'DISABLED';
  targets: RuleTarget[];
  createdAt: number;
}

interface EventsSnapshot {
  rules: Rule[];
  deliveries: Delivery[];
}

interface PutEventsEntry {
  Time?: Date;
  Source?: string;
  Resources?: string[];
  DetailType?: string;
  Detail?: string;
  EventBusName?: string;
}

/** Source: EventBridge quotas; 1 MB since January 2026. */
const maximumEventBytes = 1_048_576;
const defaultRetries = 185;
const defaultAgeSeconds = 86_400;

export function createEvents(world: World, options: EventsOptions = {}): EventsService {
  const { duplicateChance = 0, deliverySpreadMs = 50 } = options;
  const gate = createRegionGate(world.faults);
  const recurring = createRecurring(world.clock, gate);
  const rules = new Map<string, Rule>();
  const matchers = new Map<string, (event: unknown) => boolean>();
  const delivery = createTargetDelivery(world, 'events', gate, (failed) => metric(failed.region, 'FailedInvocations', failed.sourceArn));

  function metric(region: string, name: string, ruleArn: string): void {
    world.recordMetric(region, { namespace: 'AWS/Events', name, value: 1, unit: 'Count', dimensions: { RuleName: ruleArn.split('/').at(-1) ?? '' } });
  }

  function put(rule: Rule): void {
    if (rule.pattern) matchers.set(rule.arn, compilePattern(rule.pattern));
    rules.set(rule.arn, rule);
    arm(rule);
    world.changed();
  }

  function remove(arn: string): void {
    rules.delete(arn);
    matchers.delete(arn);
    recurring.clear(arn);
    world.changed();
  }

  function arm(rule: Rule): void {
    if (rule.schedule === undefined || rule.state === 'DISABLED') {
      recurring.clear(rule.arn);
      return;
    }
    recurring.set({ key: rule.arn, region: rule.region, since: rule.createdAt }, parseSchedule(rule.schedule), (dueAt) => {
      const event = envelope(rule.region, { source: 'aws.events', detailType: 'Scheduled Event', resources: [rule.arn], detail: {} }, dueAt);
      trigger(rule, event);
    });
  }

  function envelope(region: string, event: BusEvent, at: number): Record<string, unknown> {
    return {
      version: '0',
      id: world.random.uuid(),
      'detail-type': event.detailType,
      source: event.source,
      account: world.account,
      time: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      region,
      resources: event.resources,
      detail: event.detail,
    };
  }

  function dispatch(region: string, event: Record<string, unknown>): void {
    for (const rule of rules.values()) {
      if (rule.region === region && rule.state === 'ENABLED' && matchers.get(rule.arn)?.(event)) trigger(rule, event);
    }
  }

  function trigger(rule: Rule, event: Record<string, unknown>): void {
    metric(rule.region, 'TriggeredRules', rule.arn);
    for (const target of rule.targets) {
      delivery.accept(deliveryOf(rule, target, event));
      if (duplicateChance > 0 && world.random.next() < duplicateChance) delivery.accept(deliveryOf(rule, target, event));
    }
  }

  function deliveryOf(rule: Rule, target: RuleTarget, event: Record<string, unknown>): Delivery {
    const now = world.clock.now();
    return {
      id: world.random.uuid(),
      region: rule.region,
      sourceArn: rule.arn,
      targetArn: target.Arn,
      payload: targetInput(target, event, rule, new Date(now)),
      maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries,
      maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultAgeSeconds,
      acceptedAt: now,
      dueAt: now + world.random.below(Math.max(1, deliverySpreadMs)),
      attempts: 0,
      ...(target.RoleArn === undefined ? {} : { roleArn: target.RoleArn }),
      ...(target.DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: target.DeadLetterConfig.Arn }),
    };
  }

  function putEntry(region: string, entry: PutEventsEntry): Record<string, string> {
    const refuse = (ErrorCode: string, ErrorMessage: string): Record<string, string> => ({ ErrorCode, ErrorMessage });
    if (entry.Source === undefined || entry.DetailType === undefined || entry.Detail === undefined) return refuse('InvalidArgument', 'Parameter Source, DetailType or Detail is missing');
    if (entry.Source.startsWith('aws.')) return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
    const detail = parse(entry.Detail);
    if (!detail) return refuse('MalformedDetail', 'Detail is malformed.');
    const event = envelope(region, { source: entry.Source, detailType: entry.DetailType, resources: entry.Resources ?? [], detail }, entry.Time?.getTime() ?? world.clock.now());
    dispatch(region, event);
    return { EventId: String(event['id']) };
  }

  const operations = {
    PutEvents: async (input: { Entries: PutEventsEntry[] }, call: CallContext) => {
      if (input.Entries.length > 10) throw new AwsError('ValidationException', '10 entries are allowed in one request');
      const bytes = input.Entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.Detail ?? '') + Buffer.byteLength(entry.DetailType ?? '') + Buffer.byteLength(entry.Source ?? ''), 0);
      if (bytes > maximumEventBytes) throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
      const Entries = input.Entries.map((entry) => putEntry(call.region, entry));
      return { Entries, FailedEntryCount: Entries.filter((entry) => entry['ErrorCode'] !== undefined).length };
    },
    ListRules: async (input: { NamePrefix?: string }, call: CallContext) => ({
      Rules: [...rules.values()].filter((rule) => rule.region === call.region && rule.name.startsWith(input.NamePrefix ?? '')).map(described),
    }),
    DescribeRule: async (input: { Name: string }, call: CallContext) => described(named(call.region, input.Name)),
    ListTargetsByRule: async (input: { Rule: string }, call: CallContext) => ({ Targets: named(call.region, input.Rule).targets }),
    EnableRule: async (input: { Name: string }, call: CallContext) => { put({ ...named(call.region, input.Name), state: 'ENABLED' }); return {}; },
    DisableRule: async (input: { Name: string }, call: CallContext) => { put({ ...named(call.region, input.Name), state: 'DISABLED' }); return {}; },
  };

  function named(region: string, name: string): Rule {
    const rule = rules.get(ruleArn(world, region, name));
    if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    return rule;
  }

  return {
    name: 'events',
    operations,
    permissions: (operation, input, call) => permissions(world, operation, input as { Name?: string; Rule?: string }, call),
    resources: { 'AWS::Events::Rule': ruleResource(world, { put, remove, find: (arn) => rules.get(arn) }) },
    publish: (region, event) => dispatch(region, envelope(region, event, world.clock.now())),
    snapshot: (): EventsSnapshot => structuredClone({ rules: [...rules.values()], deliveries: delivery.pending() }),
    restore(state: EventsSnapshot) {
      for (const arn of [...rules.keys()]) remove(arn);
      for (const rule of structuredClone(state.rules)) put(rule);
      delivery.restore(state.deliveries);
    },
    start: () => delivery.resume(),
    stop() {
      recurring.stop();
      delivery.stop();
      gate.close();
    },
    inspect: () => ({ rules: rules.size, undelivered: delivery.pending().map(({ sourceArn, targetArn, attempts }) => ({ sourceArn, targetArn, attempts })) }),
  };
}

export function ruleArn(world: Pick<World, 'partition' | 'account'>, region: string, name: string): string {
  return `arn:${world.partition}:events:${region}:${world.account}:rule/${name}`;
}

function described(rule: Rule): Record<string, unknown> {
  const { description, pattern, schedule } = rule;
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    EventBusName: 'default',
    ...(description === undefined ? {} : { Description: description }),
    ...(pattern === undefined ? {} : { EventPattern: JSON.stringify(pattern) }),
    ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function permissions(world: World, operation: string, input: { Name?: string; Rule?: string }, call: CallContext): RequiredPermission[] {
  if (operation === 'PutEvents') return [{ action: 'events:PutEvents', resource: `arn:${world.partition}:events:${call.region}:${world.account}:event-bus/default` }];
  const name = input.Name ?? input.Rule;
  return [{ action: `events:${operation}`, resource: ruleArn(world, call.region, name ?? '*') }];
}
