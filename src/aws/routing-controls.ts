import { GetRoutingControlStateCommand, UpdateRoutingControlStatesCommand } from '@aws-sdk/client-route53-recovery-cluster';
import type { Deployment } from '../config/schema.js';
import { describeFailure, failureKind } from '../core/failure.js';
import type { RoutingState } from '../core/snapshot.js';
import { ExitCode, OperatorError, refused } from '../errors.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock, RoutingControlsReader, RoutingControlsWriter } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

type Arc = NonNullable<Deployment['arc']>;

/** Reads at one named endpoint: whoever compares endpoints must be able to tell them apart. */
export function createRoutingControlsReader(arc: Arc, clients: ClientFactory, clock: Clock): RoutingControlsReader {
  return {
    endpointRegions: arc.endpoints.map((endpoint) => endpoint.region),
    async readStates(endpointRegion, options) {
      const client = clientAt(arc, clients, endpointRegion);
      // One after the other: the second call rides on the first one's connection, which costs less than a second handshake.
      const entries = await withDeadline(clock, options, 3000, async (signal) => {
        const states: [region: string, state: RoutingState][] = [];
        for (const [region, arn] of Object.entries(arc.routingControls)) {
          const answer = await client.send(new GetRoutingControlStateCommand({ RoutingControlArn: arn }), { abortSignal: signal });
          states.push([region, answer.RoutingControlState as RoutingState]);
        }
        return states;
      });
      return Object.fromEntries(entries);
    },
  };
}

/**
 * Writes at whichever endpoint accepts, in random order (AWS's advice: endpoints are taken out for maintenance in turn,
 * and one of them lies in the Region being left). Source: ARC routing control best practices.
 */
export function createRoutingControlsWriter(arc: Arc, clients: ClientFactory, clock: Clock, shuffle: <T>(items: T[]) => T[]): RoutingControlsWriter {
  return {
    async setStates(states, options) {
      const entries = Object.entries(states).map(([region, state]) => ({ RoutingControlArn: arc.routingControls[region], RoutingControlState: state }));
      const failures: string[] = [];
      for (const { region } of shuffle([...arc.endpoints])) {
        const outcome = await tryEndpoint(region, entries, options);
        if (outcome === undefined) return region;
        failures.push(`${region}: ${describeFailure(outcome)}`);
        const rule = blockingRule(arc, outcome);
        if (rule) throw safetyRuleRefusal(rule, outcome);
        if (failureKind(outcome) === 'permission' || failureKind(outcome) === 'credentials') throw outcome;
      }
      throw new OperatorError('ARC_UNREACHABLE', `None of the ${arc.endpoints.length} ARC endpoints accepted the change (${failures.join('; ')}).`, {
        exitCode: ExitCode.interrupted,
        nextSteps: ['Run the same command again: it goes on where it stopped. The ledger is the authority, so no job is at risk meanwhile.'],
      });
    },
  };

  async function tryEndpoint(region: string, entries: { RoutingControlArn: string | undefined; RoutingControlState: RoutingState }[], options?: CallOptions): Promise<unknown> {
    try {
      await withDeadline(clock, options, 3000, (signal) => clientAt(arc, clients, region).send(
        new UpdateRoutingControlStatesCommand({ UpdateRoutingControlStateEntries: entries }),
        { abortSignal: signal },
      ));
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

function clientAt(arc: Arc, clients: ClientFactory, endpointRegion: string): ReturnType<ClientFactory['routingControls']> {
  const endpoint = arc.endpoints.find((candidate) => candidate.region === endpointRegion);
  if (!endpoint) throw new OperatorError('ARC_ENDPOINT_UNKNOWN', `The deployment file names no ARC endpoint in ${endpointRegion}.`, { exitCode: ExitCode.usage });
  return clients.routingControls(endpointRegion, endpoint.endpoint);
}

/** A refusal by a safety rule is told by the rule's ARN in the message: its error code is documented nowhere. */
function blockingRule(arc: Arc, error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  return arc.safetyRules.find((rule) => message.includes(rule)) ?? /arn:[\w-]+:route53-recovery-control:[^\s"',]*safetyrule\/[\w-]+/.exec(message)?.[0];
}

function safetyRuleRefusal(rule: string, error: unknown): OperatorError {
  return refused('SAFETY_RULE', `ARC's safety rule ${rule} does not allow this change: ${error instanceof Error ? error.message : String(error)}`, [
    'See which controls are On: batchctl status',
    'Right after another change the rule\'s wait period refuses everything: if there was one, run the command again.',
  ]);
}
