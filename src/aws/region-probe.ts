import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { describeFailure, failureKind } from '../core/failure.js';
import { summariseProbe, type ProbeCall } from '../core/probe-sample.js';
import type { ProbedService, ProbeResult } from '../core/snapshot.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock, RegionProbe } from '../workflow/ports.js';
import { captureAnswer, type AnswerCapture } from './answer-capture.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

export interface ProbeTargets {
  bucket: string;
  stateMachineArn: string;
  ledgerTable: string;
}

export interface RegionProbeOptions {
  region: string;
  seenFrom: string;
  targets: ProbeTargets;
  /** Must not retry: a retry would hide what a probe is there to see. */
  clients: Pick<ClientFactory, ProbedService>;
  clock: Clock;
  /** Calls to each service, all at once: one call cannot tell a gray Region from a dead or a healthy one. */
  calls: number;
}

const defaultTimeoutMs = 3000;
const services: readonly ProbedService[] = ['s3', 'states', 'dynamodb'];

const closedCodes = new Set(['ECONNRESET', 'EPIPE']);

function connectionClosed(error: unknown): boolean {
  return closedCodes.has((error as { code?: string }).code ?? '');
}

/**
 * Makes cheap reads in each of the three services that a job cannot do without. The DynamoDB read is eventually
 * consistent on purpose: it asks whether the Region's own DynamoDB answers, not whether the ledger has its quorum.
 */
export function createRegionProbe({ region, seenFrom, targets, clients, clock, calls }: RegionProbeOptions): RegionProbe {
  const send: Record<ProbedService, (capture: AnswerCapture, signal: AbortSignal) => Promise<unknown>> = {
    s3: (capture, signal) => clients.s3(region).send(capture.on(new HeadBucketCommand({ Bucket: targets.bucket })), { abortSignal: signal }),
    states: (capture, signal) => clients.states(region).send(capture.on(new DescribeStateMachineCommand({ stateMachineArn: targets.stateMachineArn })), { abortSignal: signal }),
    dynamodb: (capture, signal) => clients.dynamodb(region).send(
      capture.on(new GetItemCommand({ TableName: targets.ledgerTable, Key: { pk: { S: 'control' }, sk: { S: 'control' } }, ConsistentRead: false })),
      { abortSignal: signal },
    ),
  };

  async function one(service: ProbedService, options?: CallOptions, connectionMayBeOld = true): Promise<ProbeCall> {
    const startedAt = clock.now().getTime();
    const capture = captureAnswer(clock);
    const elapsed = (): number => clock.now().getTime() - startedAt;
    try {
      await withDeadline(clock, options, defaultTimeoutMs, (signal) => send[service](capture, signal));
      const ahead = capture.clockAheadSeconds();
      return { milliseconds: capture.milliseconds() ?? elapsed(), ...(ahead === undefined ? {} : { clockAheadSeconds: ahead }) };
    } catch (error) {
      // A connection that was kept and closed meanwhile (after an outage, or while a function was frozen) says nothing of
      // the Region; that the call is reset on another one too does.
      const leftMs = (options?.timeoutMs ?? defaultTimeoutMs) - elapsed();
      if (connectionMayBeOld && connectionClosed(error) && leftMs > 0) return one(service, { ...options, timeoutMs: leftMs }, false);
      return { milliseconds: elapsed(), failure: { kind: failureKind(error), text: describeFailure(error) } };
    }
  }

  return {
    region,
    probe: (options) => Promise.all(services.map(async (service): Promise<ProbeResult> => {
      const at = clock.now().toISOString();
      return summariseProbe(service, seenFrom, at, await Promise.all(Array.from({ length: calls }, () => one(service, options))));
    })),
  };
}
