import { AwsError, type CallContext, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';

/**
 * Simple Email Service (version 2 API), per Region. Mail is never delivered: every accepted message is kept in an
 * outbox that `sandbox status` and tests read. A sender must be a verified address, or belong to a verified domain;
 * identities made by a template or CreateEmailIdentity count as verified at once. Production access is assumed, so
 * recipients need not be verified. SendEmail has no idempotency token, as in AWS: two calls are two messages.
 * Not imitated: bounces, templates, configuration sets, sending quotas.
 */
export interface SesService extends Service {
  outbox(): SentEmail[];
}

export interface SentEmail {
  messageId: string;
  region: string;
  /** Milliseconds since 1970. */
  at: number;
  from: string;
  to: string[];
  subject: string;
  text?: string;
  html?: string;
  /** The whole message, for raw mail. */
  raw?: string;
  tags: Record<string, string>;
}

/** The newest are kept: enough to count one e-mail per job in any drill, and bounded. */
const keptEmails = 20_000;

interface Part {
  Data?: string;
}

interface SendEmailInput {
  FromEmailAddress?: string;
  Destination?: { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] };
  Content?: { Simple?: { Subject?: Part; Body?: { Text?: Part; Html?: Part } }; Raw?: { Data?: Uint8Array }; Template?: unknown };
  EmailTags?: { Name: string; Value: string }[];
}

export function createSes(world: World): SesService {
  /** `region identity`. */
  let identities = new Set<string>();
  let outbox: SentEmail[] = [];
  const keyOf = (region: string, identity: string): string => `${region} ${identity.toLowerCase()}`;
  const verified = (region: string, address: string): boolean =>
    identities.has(keyOf(region, address)) || identities.has(keyOf(region, address.slice(address.lastIndexOf('@') + 1)));
  const arnOf = (region: string, identity: string): string => `arn:${world.partition}:ses:${region}:${world.account}:identity/${identity}`;
  const addIdentity = (region: string, identity: string): void => { identities.add(keyOf(region, identity)); world.changed(); };
  const needIdentity = (region: string, identity: string): void => {
    if (!identities.has(keyOf(region, identity))) throw new AwsError('NotFoundException', `Email identity ${identity} does not exist.`, { status: 404 });
  };
  const describe = (identity: string): object => ({ IdentityType: identity.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN', VerifiedForSendingStatus: true, VerificationStatus: 'SUCCESS' });
  const send = async (input: SendEmailInput, call: CallContext): Promise<{ MessageId: string }> => {
    const message = composed(input);
    const address = bareAddress(message.from);
    if (!verified(call.region, address)) {
      throw new AwsError('MessageRejected', `Email address is not verified. The following identities failed the check in region ${call.region.toUpperCase()}: ${address}`);
    }
    const messageId = `${world.random.hex(16)}-${world.random.uuid()}-000000`;
    outbox.push({ ...message, messageId, region: call.region, at: world.clock.now() });
    if (outbox.length > keptEmails) outbox.splice(0, outbox.length - keptEmails);
    world.recordMetric(call.region, { namespace: 'AWS/SES', name: 'Send', dimensions: {}, value: 1, unit: 'Count' });
    world.changed();
    return { MessageId: messageId };
  };

  return {
    name: 'ses',
    outbox: () => outbox,
    operations: {
      SendEmail: send,
      CreateEmailIdentity: async (input: { EmailIdentity: string }, call) => {
        if (identities.has(keyOf(call.region, input.EmailIdentity))) throw new AwsError('AlreadyExistsException', `Email identity ${input.EmailIdentity} already exist.`);
        addIdentity(call.region, input.EmailIdentity);
        return describe(input.EmailIdentity);
      },
      GetEmailIdentity: async (input: { EmailIdentity: string }, call) => { needIdentity(call.region, input.EmailIdentity); return describe(input.EmailIdentity); },
      DeleteEmailIdentity: async (input: { EmailIdentity: string }, call) => {
        needIdentity(call.region, input.EmailIdentity);
        identities.delete(keyOf(call.region, input.EmailIdentity));
        world.changed();
        return {};
      },
      ListEmailIdentities: async (_input: object, call) => ({
        EmailIdentities: [...identities].filter((key) => key.startsWith(`${call.region} `)).map((key) => {
          const identity = key.slice(call.region.length + 1);
          return { IdentityName: identity, IdentityType: identity.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN', SendingEnabled: true, VerificationStatus: 'SUCCESS' };
        }),
      }),
      GetAccount: async () => ({ ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY', SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: outbox.length } }),
    },
    permissions: (operation, input, call): RequiredPermission[] => {
      const request = input as SendEmailInput & { EmailIdentity?: string };
      const identity = request.EmailIdentity ?? (request.FromEmailAddress === undefined ? undefined : bareAddress(request.FromEmailAddress));
      if (identity === undefined) return [{ action: `ses:${operation}`, resource: '*' }];
      const domain = identity.slice(identity.lastIndexOf('@') + 1);
      // AWS authorises against the identity that is used: the address itself where it is verified, else its domain.
      const used = operation === 'SendEmail' && !identities.has(keyOf(call.region, identity)) && identities.has(keyOf(call.region, domain)) ? domain : identity;
      const context = operation === 'SendEmail' ? { context: { 'ses:FromAddress': identity, 'ses:Recipients': recipientsOf(request).map(bareAddress) } } : {};
      return [{ action: `ses:${operation}`, resource: arnOf(call.region, used), ...context }];
    },
    resources: {
      'AWS::SES::EmailIdentity': {
        properties: ['EmailIdentity', 'Tags'],
        create: async (context, given) => {
          const { EmailIdentity } = given as { EmailIdentity: string };
          addIdentity(context.region, EmailIdentity);
          return { ref: EmailIdentity, attributes: { EmailIdentityArn: arnOf(context.region, EmailIdentity) } };
        },
        update: async (context, given) => {
          const { EmailIdentity } = given as { EmailIdentity: string };
          addIdentity(context.region, EmailIdentity);
          return { ref: EmailIdentity, attributes: { EmailIdentityArn: arnOf(context.region, EmailIdentity) } };
        },
        remove: async (context, previous) => { identities.delete(keyOf(context.region, previous.ref)); world.changed(); },
      },
    },
    snapshot: () => ({ identities: [...identities], outbox }),
    restore: (state: never) => {
      const saved = state as { identities: string[]; outbox: SentEmail[] };
      identities = new Set(saved.identities);
      outbox = saved.outbox;
    },
    inspect: () => ({ identities: [...identities], sent: outbox.length }),
  };
}

function recipientsOf(input: SendEmailInput): string[] {
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = input.Destination ?? {};
  return [...ToAddresses, ...CcAddresses, ...BccAddresses];
}

function composed(input: SendEmailInput): Omit<SentEmail, 'messageId' | 'region' | 'at'> {
  const to = recipientsOf(input);
  if (!input.FromEmailAddress) throw new AwsError('BadRequestException', 'FromEmailAddress is required');
  if (to.length === 0) throw new AwsError('BadRequestException', 'Missing destination addresses');
  if (to.length > 50) throw new AwsError('BadRequestException', 'Recipient count exceeds 50');
  const malformed = to.find((address) => !/^[^\s@]+@[^\s@]+$/.test(bareAddress(address)));
  if (malformed) throw new AwsError('BadRequestException', `Illegal address: ${malformed}`);
  const { Simple, Raw, Template } = input.Content ?? {};
  const tags = Object.fromEntries((input.EmailTags ?? []).map((tag) => [tag.Name, tag.Value]));
  const envelope = { from: input.FromEmailAddress, to, tags };
  if (Raw?.Data) {
    const raw = Buffer.from(Raw.Data).toString('utf8');
    return { ...envelope, raw, subject: /^subject:[ \t]*(.*)$/im.exec(raw)?.[1]?.trim() ?? '' };
  }
  if (Template !== undefined) throw new AwsError('BadRequestException', 'The sandbox has no e-mail templates');
  const text = Simple?.Body?.Text?.Data;
  const html = Simple?.Body?.Html?.Data;
  if (Simple?.Subject?.Data === undefined || (text === undefined && html === undefined)) throw new AwsError('BadRequestException', 'The message needs a subject and a body');
  return { ...envelope, subject: Simple.Subject.Data, ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) };
}

/** `Batch <ops@example.com>` → `ops@example.com` */
function bareAddress(address: string): string {
  return (/<([^<>]+)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase();
}
