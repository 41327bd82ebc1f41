import { describeFailure } from '../../core/failure.js';
import type { RoutingState } from '../../core/snapshot.js';
import { ExitCode, OperatorError } from '../../errors.js';
import type { RoutingControlsWriter } from '../ports.js';
import { done, poll, skipped, warned, type OperationContext, type Step } from '../operation-context.js';

/** AWS promises agreement of the five endpoints after 15 s at the most; a slow host needs a moment to see it. */
const agreementDeadlineMs = 20_000;
const endpointsThatMustAgree = 2;

/**
 * A safety rule refuses every request for a while after a change: 1 s as this pipeline deploys it, 5 s as AWS does. Whoever
 * resumes right after a crash meets the change that the crashed run made.
 */
const ruleMayPassMs = 6000;

/** One transaction for both controls, so that "both On" and "both Off" never exist on the way. */
export const flipRoutingControls: Step = {
  name: 'flip-routing-controls',
  async run(context) {
    const { plan } = context;
    const writer = context.write.routingControls;
    if (!writer) return skipped('the deployment has no ARC cluster');
    const wanted: Record<string, RoutingState> = { [plan.to]: 'On', [plan.from]: 'Off' };
    // Nothing less than all of them: for 15 s after another change some endpoints still show the states before it, and a
    // move back at once would take those for its own. Setting a state that stands is harmless.
    const before = await endpointsSaying(context, wanted);
    if (before.agreeing.length === before.asked) return skipped('ARC says so already');
    const endpoint = await setOnceTheRuleAllows(context, writer, wanted);
    const agreeing = await poll(context, { everyMs: 500, deadlineMs: agreementDeadlineMs }, async () => {
      const seen = await endpointsSaying(context, wanted);
      context.progress('flip-routing-controls', `${seen.agreeing.length} of ${seen.asked} endpoints say so`);
      return seen.agreeing.length >= endpointsThatMustAgree ? seen.agreeing : undefined;
    });
    if (agreeing) return done({ acceptedBy: endpoint, seenAt: agreeing });
    throw new OperatorError('ARC_NOT_VERIFIED', `ARC's endpoint in ${endpoint} accepted the change, but fewer than ${endpointsThatMustAgree} endpoints show it after ${agreementDeadlineMs / 1000} s.`, {
      exitCode: ExitCode.interrupted,
      nextSteps: ['Run the same command again: it goes on where it stopped. The ledger is the authority, so no job is at risk meanwhile.'],
    });
  },
};

/** Returns the endpoint that accepted. Throws SAFETY_RULE when the rule still refuses after any wait period. */
async function setOnceTheRuleAllows(context: OperationContext, writer: RoutingControlsWriter, wanted: Record<string, RoutingState>): Promise<string> {
  let refusal: unknown;
  const accepted = await poll(context, { everyMs: 500, deadlineMs: ruleMayPassMs }, async () => {
    try {
      return await writer.setStates(wanted);
    } catch (error) {
      if ((error as { code?: string }).code !== 'SAFETY_RULE') throw error;
      refusal = error;
      context.progress('flip-routing-controls', 'a safety rule refuses the change; it may be in its wait period');
      return undefined;
    }
  });
  if (accepted === undefined) throw refusal;
  return accepted;
}

async function endpointsSaying(context: OperationContext, wanted: Record<string, RoutingState>): Promise<{ asked: number; agreeing: string[] }> {
  const reader = context.read.routingControls;
  if (!reader) return { asked: 0, agreeing: [] };
  const answers = await Promise.all(reader.endpointRegions.map(async (region) => {
    const states = await reader.readStates(region, { timeoutMs: 2000 }).catch(() => undefined);
    return states && Object.entries(wanted).every(([name, state]) => states[name] === state) ? [region] : [];
  }));
  return { asked: answers.length, agreeing: answers.flat() };
}

function wantedDials(context: OperationContext): Record<string, number> {
  return { [context.plan.to]: 100, [context.plan.from]: 0 };
}

async function dialsAreSet(context: OperationContext): Promise<boolean> {
  const dials = await context.read.trafficDials.readDials();
  return Object.entries(wantedDials(context)).every(([region, dial]) => dials[region] === dial);
}

export const flipTrafficDials: Step = {
  name: 'flip-traffic-dials',
  async run(context) {
    if (await dialsAreSet(context).catch(() => false)) return skipped('the traffic dials say so already');
    try {
      await context.write.trafficDials.setDials(wantedDials(context));
      return done({ dials: wantedDials(context) });
    } catch (error) {
      // A change under way is waited out at the end: uploads that land in the old Region meanwhile are not lost, and the
      // jobs that are here need not wait for them.
      if ((error as { code?: string }).code !== 'ROUTES_CONFLICT') throw error;
      return warned('another change of the routes is under way; this one is made at the end');
    }
  },
};

export const verifyTrafficDials: Step = {
  name: 'verify-traffic-dials',
  async run(context) {
    let last = '';
    const seen = await poll(context, { everyMs: 2000, deadlineMs: 120_000 }, async () => {
      try {
        if (await dialsAreSet(context)) return true;
        last = 'the access point still reports the old dials';
        context.progress('verify-traffic-dials', last);
        await context.write.trafficDials.setDials(wantedDials(context));
      } catch (error) {
        last = describeFailure(error);
      }
      return undefined;
    });
    return seen ? done({ dials: wantedDials(context) }) : warned(`the traffic dials could not be verified: ${last}`);
  },
};
