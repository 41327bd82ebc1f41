import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import { servicePrincipal } from '../../world.js';
import type { Alarm, AlarmActionsInput, AlarmState, CompositeAlarm, CompositeAlarmInput, MetricAlarm, MetricAlarmInput } from './alarm-definition.js';
import { isTrue, metricAlarmSettings } from './alarm-definition.js';
import { ruleHolds } from './composite-rule.js';
import { evaluateMetricAlarm } from './evaluate-alarm.js';
import type { MetricStore } from './metric-store.js';
import { minuteMs } from './metric-store.js';

/** How long after a full minute alarms are looked at, so that the minute's datapoints have arrived. */
const evaluationDelayMs = 5000;
const keptHistoryItems = 50;

/**
 * The alarms of all Regions. They are looked at every minute; in a Region that is down nothing is looked at. A change of
 * state tells the alarm's topics and functions, the event bus, and the composite alarms above it.
 */
export class Alarms {
  private alarms = new Map<string, Alarm>();
  private cancelTimer: (() => void) | undefined;

  constructor(private readonly world: World, private readonly storeOf: (region: string) => MetricStore) {}

  putMetricAlarm(region: string, input: MetricAlarmInput): MetricAlarm {
    return this.keep({ kind: 'metric', ...this.base(region, input), ...metricAlarmSettings(input) });
  }

  putCompositeAlarm(region: string, input: CompositeAlarmInput): CompositeAlarm {
    ruleHolds(input.AlarmRule, (name) => this.find(region, name, input.AlarmName).state);
    const alarm = this.keep<CompositeAlarm>({ kind: 'composite', ...this.base(region, input), definition: input });
    this.evaluateComposite(alarm);
    return alarm;
  }

  in(region: string): Alarm[] {
    return [...this.alarms.values()].filter((alarm) => alarm.region === region);
  }

  get(region: string, name: string): Alarm | undefined {
    return this.alarms.get(`${region}/${name}`);
  }

  delete(region: string, names: string[]): void {
    for (const name of names) this.alarms.delete(`${region}/${name}`);
    this.world.changed();
  }

  setState(alarm: Alarm, state: AlarmState, reason: string): void {
    if (alarm.state === state) {
      alarm.reason = reason;
      return;
    }
    const previous = { state: alarm.state, reason: alarm.reason, changedAt: alarm.changedAt };
    Object.assign(alarm, { state, reason, changedAt: this.world.clock.now() });
    alarm.history.push({
      at: alarm.changedAt, summary: `Alarm updated from ${previous.state} to ${state}`,
      data: JSON.stringify({ oldState: { stateValue: previous.state }, newState: { stateValue: state, stateReason: reason } }),
    });
    alarm.history.splice(0, alarm.history.length - keptHistoryItems);
    this.world.changed();
    this.announce(alarm, previous);
    for (const above of this.in(alarm.region)) if (above.kind === 'composite' && above !== alarm) this.evaluateComposite(above);
  }

  /** Looks at every alarm now. */
  evaluateAll(): void {
    for (const alarm of this.alarms.values()) {
      if (alarm.kind !== 'metric' || !this.world.faults.computing(alarm.region)) continue;
      const verdict = evaluateMetricAlarm(alarm, this.storeOf(alarm.region), this.world.clock.now());
      if (verdict) this.setState(alarm, verdict.state, verdict.reason);
    }
  }

  /** Goes on looking at the alarms until `stop`; without alarms there is nothing to wait for. */
  run(): void {
    if (this.cancelTimer || this.alarms.size === 0) return;
    const now = this.world.clock.now();
    const next = Math.floor((now - evaluationDelayMs) / minuteMs + 1) * minuteMs + evaluationDelayMs;
    this.cancelTimer = this.world.clock.after(next - now, () => {
      this.cancelTimer = undefined;
      this.evaluateAll();
      this.run();
    });
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  snapshot(): Alarm[] {
    return structuredClone([...this.alarms.values()]);
  }

  restore(alarms: Alarm[]): void {
    this.alarms = new Map(structuredClone(alarms).map((alarm) => [`${alarm.region}/${alarm.name}`, alarm]));
  }

  private base(region: string, input: AlarmActionsInput): Omit<MetricAlarm, 'kind' | keyof ReturnType<typeof metricAlarmSettings>> {
    const now = this.world.clock.now();
    const known = this.get(region, input.AlarmName);
    return {
      arn: `arn:${this.world.partition}:cloudwatch:${region}:${this.world.account}:alarm:${input.AlarmName}`,
      region, name: input.AlarmName, configuredAt: now,
      actionsEnabled: input.ActionsEnabled === undefined || isTrue(input.ActionsEnabled),
      state: known?.state ?? 'INSUFFICIENT_DATA', reason: known?.reason ?? 'Unchecked: Initial alarm creation',
      changedAt: known?.changedAt ?? now, history: known?.history ?? [],
    };
  }

  private keep<Kept extends Alarm>(alarm: Kept): Kept {
    this.alarms.set(`${alarm.region}/${alarm.name}`, alarm);
    this.world.changed();
    this.run();
    return alarm;
  }

  private find(region: string, nameOrArn: string, self?: string): Alarm {
    const name = nameOf(nameOrArn);
    const alarm = this.get(region, name);
    if (!alarm || name === self) throw new AwsError('ValidationError', `AlarmRule names an alarm that does not exist: ${nameOrArn}`);
    return alarm;
  }

  private evaluateComposite(alarm: CompositeAlarm): void {
    const inAlarm = ruleHolds(alarm.definition.AlarmRule, (name) => this.get(alarm.region, nameOf(name))?.state ?? 'INSUFFICIENT_DATA');
    this.setState(alarm, inAlarm ? 'ALARM' : 'OK', `${alarm.definition.AlarmRule} evaluates to ${inAlarm}`);
  }

  private announce(alarm: Alarm, previous: { state: AlarmState; reason: string; changedAt: number }): void {
    const state = { value: alarm.state, reason: alarm.reason, timestamp: new Date(alarm.changedAt).toISOString() };
    this.world.publish(alarm.region, {
      source: 'aws.cloudwatch', detailType: 'CloudWatch Alarm State Change', resources: [alarm.arn],
      detail: {
        alarmName: alarm.name, state,
        previousState: { value: previous.state, reason: previous.reason, timestamp: new Date(previous.changedAt).toISOString() },
        configuration: { description: alarm.definition.AlarmDescription ?? '', ...(alarm.kind === 'metric' ? { metrics: alarm.queries } : { alarmRule: alarm.definition.AlarmRule }) },
      },
    });
    if (!alarm.actionsEnabled) return;
    const { OKActions: ok, AlarmActions: inAlarm, InsufficientDataActions: insufficient } = alarm.definition;
    const targets = { OK: ok, ALARM: inAlarm, INSUFFICIENT_DATA: insufficient }[alarm.state] ?? [];
    for (const target of targets) void this.act(alarm, target, previous.state);
  }

  private async act(alarm: Alarm, target: string, previous: AlarmState): Promise<void> {
    const region = target.split(':')[3] ?? alarm.region;
    const from = { region, principal: servicePrincipal('cloudwatch', alarm.region) };
    const message = JSON.stringify({
      AlarmName: alarm.name, AlarmDescription: alarm.definition.AlarmDescription ?? null, AWSAccountId: this.world.account, Region: alarm.region,
      AlarmArn: alarm.arn, NewStateValue: alarm.state, NewStateReason: alarm.reason, OldStateValue: previous,
      StateChangeTime: new Date(alarm.changedAt).toISOString(),
    });
    try {
      if (target.includes(':sns:')) {
        await this.world.call('sns', 'Publish', { TopicArn: target, Subject: `${alarm.state}: "${alarm.name}" in ${alarm.region}`, Message: message, SourceArn: alarm.arn }, from);
      } else if (target.includes(':lambda:')) {
        await this.world.call('lambda', 'Invoke', { FunctionName: target, InvocationType: 'Event', Payload: Buffer.from(message), SourceArn: alarm.arn }, from);
      } else {
        this.world.log(alarm.region, 'cloudwatch', `alarm ${alarm.name}: actions of ${target} are not simulated`);
      }
    } catch (error) {
      this.world.log(alarm.region, 'cloudwatch', `alarm ${alarm.name}: action ${target} failed: ${(error as Error).message}`);
    }
  }
}

function nameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf(':alarm:') + ':alarm:'.length) : nameOrArn;
}
