import { AwsError, type Principal } from '../../service.js';
import { NoAnswer, servicePrincipal, type World } from '../../world.js';
import type { RegionGate } from './region-gate.js';

/** Something to hand to a target, with everything that is needed to try again after a restart. */
export interface Delivery {
  id: string;
  region: string;
  /** The rule or schedule on whose behalf it is delivered. */
  sourceArn: string;
  targetArn: string;
  /** Assumed for the call; without one, the target's own policy must admit the service. */
  roleArn?: string;
  /** JSON text. */
  payload: string;
  deadLetterArn?: string;
  maximumRetryAttempts: number;
  maximumAgeSeconds: number;
  acceptedAt: number;
  dueAt: number;
  attempts: number;
}

export interface TargetDelivery {
  accept(delivery: Delivery): void;
  resume(): void;
  stop(): void;
  pending(): Delivery[];
  restore(deliveries: Delivery[]): void;
}

/** Source: EventBridge user guide, "Retrying event delivery": exponential back-off with jitter. */
const firstPauseMs = 1_000;
const longestPauseMs = 600_000;

/**
 * Delivers to Lambda (asynchronously), Step Functions, SQS and SNS at least once, with retries, an age limit and a
 * dead-letter queue. While the Region is down deliveries wait. `service` is who calls: `events` or `scheduler`.
 */
export function createTargetDelivery(world: World, service: 'events' | 'scheduler', gate: RegionGate, onFailed: (delivery: Delivery) => void): TargetDelivery {
  const deliveries = new Map<string, Delivery>();
  const timers = new Map<string, () => void>();
  let stopped = false;

  function schedule(delivery: Delivery): void {
    timers.get(delivery.id)?.();
    timers.set(delivery.id, world.clock.after(Math.max(0, delivery.dueAt - world.clock.now()), () => {
      timers.delete(delivery.id);
      void attempt(delivery);
    }));
  }

  async function attempt(delivery: Delivery): Promise<void> {
    await gate.open(delivery.region);
    if (stopped || !deliveries.has(delivery.id)) return;
    const outage = gate.outages(delivery.region);
    try {
      await send(world, delivery, principalOf(service, delivery));
      settle(delivery);
    } catch (problem) {
      if (stopped) return;
      // Cut by an outage of its own Region: the delivery is repeated, not counted.
      if (gate.outages(delivery.region) !== outage) schedule(delivery);
      else await afterFailure(delivery, problem);
    }
  }

  async function afterFailure(delivery: Delivery, problem: unknown): Promise<void> {
    delivery.attempts += 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (delivery.attempts - 1), longestPauseMs) * (0.5 + world.random.next() / 2);
    const expired = world.clock.now() + pauseMs > delivery.acceptedAt + delivery.maximumAgeSeconds * 1000;
    if (isTransient(problem) && delivery.attempts <= delivery.maximumRetryAttempts && !expired) {
      delivery.dueAt = world.clock.now() + pauseMs;
      schedule(delivery);
      world.changed();
      return;
    }
    settle(delivery);
    onFailed(delivery);
    world.log(delivery.region, service, `${delivery.sourceArn} could not deliver to ${delivery.targetArn}: ${String(problem)}`);
    if (delivery.deadLetterArn !== undefined) await keep(world, delivery, delivery.deadLetterArn, problem, principalOf(service, delivery)).catch((second: unknown) => world.log(delivery.region, service, `dead-letter queue ${delivery.deadLetterArn ?? ''}: ${String(second)}`));
  }

  function settle(delivery: Delivery): void {
    deliveries.delete(delivery.id);
    world.changed();
  }

  return {
    accept(delivery) {
      deliveries.set(delivery.id, delivery);
      schedule(delivery);
      world.changed();
    },
    resume: () => { for (const delivery of deliveries.values()) schedule(delivery); },
    stop() {
      stopped = true;
      for (const cancel of timers.values()) cancel();
    },
    pending: () => [...deliveries.values()],
    restore(restored) {
      deliveries.clear();
      for (const delivery of restored) deliveries.set(delivery.id, { ...delivery });
    },
  };
}

function principalOf(service: string, { region, roleArn }: Delivery): Principal {
  return roleArn === undefined ? servicePrincipal(service, region) : { arn: roleArn, origin: region };
}

/** A refusal or a mistake stays one; time-outs, throttling and faults of the target pass. */
function isTransient(problem: unknown): boolean {
  if (problem instanceof NoAnswer) return true;
  if (!(problem instanceof AwsError)) return false;
  return problem.status >= 500 || /Throttl|TooManyRequests|RequestLimit|SlowDown/.test(problem.code);
}

async function send(world: World, delivery: Delivery, principal: Principal): Promise<void> {
  const { targetArn, payload, sourceArn } = delivery;
  const [, , service, region = delivery.region] = targetArn.split(':');
  const from = { region, principal };
  switch (service) {
    case 'lambda':
      await world.call('lambda', 'Invoke', { FunctionName: targetArn, InvocationType: 'Event', Payload: Buffer.from(payload), SourceArn: sourceArn }, from);
      return;
    case 'states':
      await startExecution(world, delivery, from);
      return;
    case 'sqs':
      await world.call('sqs', 'SendMessage', { QueueUrl: queueUrlOf(targetArn), MessageBody: payload, SourceArn: sourceArn }, from);
      return;
    case 'sns':
      await world.call('sns', 'Publish', { TopicArn: targetArn, Message: payload, SourceArn: sourceArn }, from);
      return;
    default:
      throw new AwsError('ValidationException', `${targetArn} is not a target that the sandbox delivers to`);
  }
}

/** Named after the delivery, so that a delivery that is repeated after an outage starts nothing twice. */
async function startExecution(world: World, delivery: Delivery, from: { region: string; principal: Principal }): Promise<void> {
  try {
    await world.call('states', 'StartExecution', { stateMachineArn: delivery.targetArn, name: delivery.id, input: delivery.payload }, from);
  } catch (problem) {
    if (!(problem instanceof AwsError) || problem.code !== 'ExecutionAlreadyExists') throw problem;
  }
}

async function keep(world: World, delivery: Delivery, queueArn: string, problem: unknown, principal: Principal): Promise<void> {
  const attribute = (StringValue: string): { DataType: string; StringValue: string } => ({ DataType: 'String', StringValue: StringValue.slice(0, 1024) || '-' });
  const MessageAttributes = {
    RULE_ARN: attribute(delivery.sourceArn),
    TARGET_ARN: attribute(delivery.targetArn),
    ERROR_CODE: attribute(problem instanceof Error ? problem.name : 'UNKNOWN'),
    ERROR_MESSAGE: attribute(problem instanceof Error ? problem.message : String(problem)),
    RETRY_ATTEMPTS: attribute(String(delivery.attempts)),
  };
  const region = queueArn.split(':')[3] ?? delivery.region;
  await world.call('sqs', 'SendMessage', { QueueUrl: queueUrlOf(queueArn), MessageBody: delivery.payload, MessageAttributes, SourceArn: delivery.sourceArn }, { region, principal });
}

/** The address of a queue, which SQS wants instead of its ARN. */
export function queueUrlOf(queueArn: string): string {
  const [, , , region = '', account = '', name = ''] = queueArn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
