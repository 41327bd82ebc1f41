import { stackOutputs } from '../deploy/deployer.js';
import { arcRegions } from '../wire/domains.js';
import type { CloudFormationService } from '../services/cloudformation/service.js';
import type { SesService } from '../services/ses/service.js';
import type { SnsService } from '../services/sns/service.js';
import type { Administration } from './admin.js';
import type { Destroyed, Upgraded } from './deployments.js';
import { applyFault } from './fault-requests.js';
import type { HostedWorld } from './hosted-world.js';
import type { SandboxLog } from './log.js';
import type { FaultsState, OutboxEmail, SandboxFacts } from './protocol.js';
import type { Persistence } from './state-file.js';

export interface AdministrationParts {
  facts: SandboxFacts;
  hosted: HostedWorld;
  persistence: Persistence;
  log: SandboxLog;
  /** Opens and closes listeners as the faults say. */
  follow(): Promise<void>;
  upgrade(folder: string): Promise<Upgraded>;
  destroy(): Promise<Destroyed>;
  stop(): void;
}

/** What the running sandbox tells about itself, and lets be done to it. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { facts, hosted, persistence, log } = parts;
  const { world, services } = hosted;
  const cloudFormation = services.get('cloudformation') as CloudFormationService;
  const regions = facts.regions;
  const changed = async (): Promise<FaultsState> => {
    world.changed();
    await parts.follow();
    return world.faults.state();
  };
  return {
    status: () => ({
      pid: facts.pid,
      startedAt: facts.startedAt,
      uptimeSeconds: Math.round((Date.now() - Date.parse(facts.startedAt)) / 1000),
      now: new Date(world.clock.now()).toISOString(),
      regions,
      faults: world.faults.state(),
      deployment: {
        assembly: facts.assembly,
        assemblyDigest: facts.assemblyDigest,
        stacks: cloudFormation.stacks().map(({ stackName, region, status }) => ({ stackName, region, status })),
        unmodelled: cloudFormation.unmodelled().length,
      },
      saved: persistence.lastSave() ?? null,
      saveError: persistence.lastError() ?? null,
      services: Object.fromEntries([...services].flatMap(([name, service]) => (service.inspect ? [[name, service.inspect()]] : []))),
    }),
    faults: () => world.faults.state(),
    setFault: async (request) => {
      applyFault(request, world.faults, { regions, arcRegions, services: [...services.keys()] });
      log.write('-', 'fault', JSON.stringify(request));
      return changed();
    },
    clearFaults: async () => {
      world.faults.clear();
      log.write('-', 'fault', 'cleared');
      return changed();
    },
    outbox: () => outboxOf(services.get('ses') as SesService, services.get('sns') as SnsService),
    unmodelled: () => cloudFormation.unmodelled(),
    outputs: () => stackOutputs(cloudFormation),
    logs: (lines, source) => log.tail(Number.isInteger(lines) && lines > 0 ? lines : 200, source),
    save: () => persistence.save(),
    upgrade: parts.upgrade,
    destroy: parts.destroy,
    stop: parts.stop,
  };
}

/** All e-mail that would have been sent, oldest first. */
function outboxOf(ses: SesService, sns: SnsService): OutboxEmail[] {
  const mails = [
    ...ses.outbox().map(({ messageId, region, at, from, to, subject, text, html, raw }) => ({
      via: 'ses' as const, messageId, region, at, from, to, subject,
      ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }), ...(raw === undefined ? {} : { raw }),
    })),
    ...sns.outbox().map(({ messageId, region, at, topicArn, to, subject, text }) => ({ via: 'sns' as const, topicArn, messageId, region, at, to: [to], subject, text })),
  ];
  return mails.sort((one, other) => one.at - other.at).map((mail) => ({ ...mail, at: new Date(mail.at).toISOString() }));
}
