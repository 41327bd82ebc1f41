import { GetMultiRegionAccessPointRoutesCommand, SubmitMultiRegionAccessPointRoutesCommand } from '@aws-sdk/client-s3-control';
import type { Deployment } from '../config/schema.js';
import { describeFailure, failureKind } from '../core/failure.js';
import { ExitCode, OperatorError } from '../errors.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock, TrafficDialsReader, TrafficDialsWriter } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

type Facts = Pick<Deployment, 'account' | 'mrap'>;

/** Asks the five control Regions at once and takes the first answer: one of them may be the Region that is down. */
export function createTrafficDialsReader({ account, mrap }: Facts, clients: ClientFactory, clock: Clock): TrafficDialsReader {
  const readDialsAt = (region: string, options?: CallOptions): Promise<Record<string, number>> => withDeadline(clock, options, 3000, async (signal) => {
    const answer = await clients.s3Control(region).send(new GetMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: mrap.arn }), { abortSignal: signal });
    return Object.fromEntries((answer.Routes ?? []).map((route) => [route.Region ?? route.Bucket ?? '', route.TrafficDialPercentage ?? 0]));
  });
  return {
    controlRegions: mrap.controlRegions,
    readDialsAt,
    readDials: (options) => firstToSucceed(mrap.controlRegions.map((region) => readDialsAt(region, options)), mrap.controlRegions),
  };
}

export function createTrafficDialsWriter({ account, mrap }: Facts, clients: ClientFactory, clock: Clock, shuffle: <T>(items: T[]) => T[]): TrafficDialsWriter {
  return {
    async setDials(dials, options) {
      const routes = Object.entries(dials).map(([region, percentage]) => ({ Region: region, TrafficDialPercentage: percentage }));
      const failures: string[] = [];
      for (const region of shuffle([...mrap.controlRegions])) {
        try {
          await submit(region, routes, options);
          return;
        } catch (error) {
          failures.push(`${region}: ${describeFailure(error)}`);
          // First wins: somebody else is changing the routes now, and asking elsewhere would only ask the same question.
          if (failureKind(error) === 'conflict') throw new OperatorError('ROUTES_CONFLICT', `Another change of the access point's routes is under way: ${describeFailure(error)}`, { exitCode: ExitCode.interrupted, cause: error });
          if (['permission', 'credentials'].includes(failureKind(error))) throw error;
        }
      }
      throw new OperatorError('MRAP_UNREACHABLE', `None of the ${mrap.controlRegions.length} control Regions accepted the route change (${failures.join('; ')}).`, {
        exitCode: ExitCode.interrupted,
        nextSteps: ['Run the same command again: it goes on where it stopped.'],
      });
    },
  };

  function submit(region: string, routes: { Region: string; TrafficDialPercentage: number }[], options?: CallOptions): Promise<unknown> {
    return withDeadline(clock, options, 5000, (signal) => clients.s3Control(region).send(
      new SubmitMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: mrap.arn, RouteUpdates: routes }),
      { abortSignal: signal },
    ));
  }
}

async function firstToSucceed<T>(attempts: Promise<T>[], names: readonly string[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors.map((each, index) => `${names[index]}: ${describeFailure(each)}`) : [String(error)];
    throw Object.assign(new Error(`no control Region answered (${reasons.join('; ')})`), { cause: error instanceof AggregateError ? error.errors[0] : error });
  }
}
