import type { SandboxClock } from '../clock.js';
import type { Faults } from '../faults.js';
import type { Random } from '../random.js';
import { AwsError } from '../service.js';
import { NoAnswer } from '../world.js';
import { parseDomain } from './domains.js';

export interface Visit {
  service: string;
  /** The failure domain that the call enters through, such as `region:us-east-1`. */
  domain: string;
  /** A Region, or `operator`. */
  origin: string;
  signal: AbortSignal;
}

/** What stands between a call and the service: reachability, injected faults and, when asked for, AWS's latencies. */
export interface FaultGate {
  /** Resolves when the call may go on. Errors: NoAnswer; the service's throttling or server error. */
  admit(visit: Visit): Promise<void>;
  /** Why the domain cannot be reached from the origin at present; undefined when it can. */
  unreachable(domain: string, origin: string): NoAnswer | undefined;
}

export interface FaultGateOptions {
  clock: SandboxClock;
  random: Random;
  faults: Faults;
  latency: 'off' | 'realistic';
}

/** A gray Region answers most calls late and loses about three in ten, half of them without any answer. */
const gray = { slowShare: 0.8, lostShare: 0.3, silentShare: 0.5, leastMs: 1_000, spreadMs: 5_000 };
const slow = { leastMs: 3_000, spreadMs: 5_000 };
const slowArcEndpoint = { leastMs: 4_000, spreadMs: 6_000 };

/** Typical server-side times, in milliseconds; seen from outside AWS or another Region, the way there comes on top. */
const serviceLatencyMs: Record<string, number> = { dynamodb: 6, s3: 30, 's3-control': 120, lambda: 15, states: 30, monitoring: 40, sqs: 10, sns: 15, ssm: 20, sts: 15, 'route53-recovery-cluster': 60 };
const otherServiceLatencyMs = 25;
const wayLatencyMs = { sameRegion: 1, otherRegion: 65, operator: 45 };

export function createFaultGate({ clock, random, faults, latency }: FaultGateOptions): FaultGate {
  const between = (range: { leastMs: number; spreadMs: number }): number => range.leastMs + random.below(range.spreadMs);

  function unreachable(domain: string, origin: string): NoAnswer | undefined {
    const { kind, region } = parseDomain(domain);
    // Routing of the MRAP data plane chooses a Region later; S3 checks that one.
    if (kind === 'mrap') return faults.region(origin) === 'isolated' ? new NoAnswer('blackhole') : undefined;
    if (kind === 'arc' && faults.arcEndpoint(region) === 'down') return new NoAnswer('refused');
    if (faults.reachable(origin, region)) return undefined;
    return new NoAnswer(faults.region(region) === 'down' || faults.region(origin) === 'down' ? 'refused' : 'blackhole');
  }

  async function admit({ service, domain, origin, signal }: Visit): Promise<void> {
    const { kind, region } = parseDomain(domain);
    const refused = unreachable(domain, origin);
    if (refused) throw refused;
    if (latency === 'realistic') await clock.sleep(typicalLatencyMs(service, region, origin), signal);
    if (kind === 'arc' && faults.arcEndpoint(region) === 'slow') await clock.sleep(between(slowArcEndpoint), signal);
    if (faults.region(region) === 'gray') await passGray(service, signal);
    await passServiceFault(service, region, signal);
  }

  function typicalLatencyMs(service: string, region: string, origin: string): number {
    const way = origin === 'operator' ? wayLatencyMs.operator : origin === region ? wayLatencyMs.sameRegion : wayLatencyMs.otherRegion;
    const own = serviceLatencyMs[service] ?? otherServiceLatencyMs;
    // Half to one and a half times the typical time, so that calls overtake each other as they do in reality.
    return (way + own) * (0.5 + random.next());
  }

  async function passGray(service: string, signal: AbortSignal): Promise<void> {
    const [slowDraw, lostDraw, silentDraw] = [random.next(), random.next(), random.next()];
    if (slowDraw < gray.slowShare) await clock.sleep(between(gray), signal);
    if (lostDraw >= gray.lostShare) return;
    throw silentDraw < gray.silentShare ? new NoAnswer('blackhole') : serverError(service);
  }

  async function passServiceFault(service: string, region: string, signal: AbortSignal): Promise<void> {
    switch (faults.service(service, region)) {
      case 'ok': return;
      case 'slow': return clock.sleep(between(slow), signal);
      case 'throttle': throw throttled(service);
      case 'error': throw serverError(service);
    }
  }

  return { admit, unreachable };
}

/** Throttling as each service words it. Source: the services' API references, "Common errors". */
function throttled(service: string): AwsError {
  switch (service) {
    case 's3':
    case 's3-control': return new AwsError('SlowDown', 'Please reduce your request rate.', { status: 503 });
    case 'lambda': return new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429, members: { retryAfterSeconds: '1', Reason: 'CallerRateLimitExceeded' } });
    case 'ses': return new AwsError('TooManyRequestsException', 'Too many requests have been made to the operation.', { status: 429 });
    case 'route53-recovery-cluster': return new AwsError('ThrottlingException', 'Rate exceeded', { status: 429, members: { retryAfterSeconds: 1 } });
    case 'sns': return new AwsError('Throttled', 'Rate exceeded', { status: 429 });
    case 'sqs': return new AwsError('RequestThrottled', 'The request was denied due to request throttling.', { status: 403 });
    case 'sts':
    case 'iam':
    case 'cloudformation': return new AwsError('Throttling', 'Rate exceeded');
    default: return new AwsError('ThrottlingException', 'Rate exceeded');
  }
}

function serverError(service: string): AwsError {
  switch (service) {
    case 's3':
    case 's3-control': return new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 });
    case 'dynamodb': return new AwsError('InternalServerError', 'Internal server error', { status: 500 });
    case 'lambda': return new AwsError('ServiceException', 'Service encountered an internal error', { status: 500 });
    case 'route53-recovery-cluster': return new AwsError('InternalServerException', 'There was an unexpected error during processing of the request.', { status: 500, members: { retryAfterSeconds: 1 } });
    case 'monitoring': return new AwsError('InternalServiceFault', 'Request processing has failed due to some unknown error.', { status: 500 });
    default: return new AwsError('ServiceUnavailable', 'The service is unavailable. Please try again.', { status: 503 });
  }
}
