import { strongConsistencyRegionSets } from '../../src/config/schema.js';

/** Everything that a deployer chooses. All of it comes from context (`-c name=value` or cdk.json). */
export interface Settings {
  /** Prefix of every name, so that one account can hold several deployments. */
  app: string;
  account: string;
  /** The Region that is active after the first `init`, and that `failback` returns to. */
  home: string;
  other: string;
  /** Third Region of the same strong-consistency set; it holds votes of the ledger and no data. */
  witness: string;
  /** How results are told: by e-mail (SES), or through a topic in each Region (SNS). */
  notify: 'email' | 'sns';
  /** Sender of the result e-mails; an SES identity is made for it in both Regions. Without use where a topic tells. */
  notifyFrom: string;
  /** Gets the result e-mails, or is subscribed to the topics. */
  notifyTo: string;
  /** Subscribed to the alert topics when set. */
  alertsTo?: string;
  /** False: without the ARC cluster, which costs most of an idle deployment; ledger, access point and DNS do it alone. */
  arc: boolean;
  /** DNS zone of the record that names the active Region. */
  zoneName: string;
  partMinBytes: number;
  partMaxBytes: number;
  /** Up to this many parts run in an inline Map (whose ceiling is 40 at a time), more in a Distributed Map. */
  inlineParts: number;
  /** Functions, documents and roles that the user's own steps of a move call (`extension-grants.ts`). */
  extensionArns: string[];
  /** Each Region moves the pipeline to itself when the other one is impaired (`automatic-failover.ts`). */
  autoFailover: boolean;
  /** False: buckets and tables go with their stacks (`cdk destroy`), once they have been deployed so. */
  keepData: boolean;
  /** How often each Region runs a synthetic job. */
  canaryMinutes: number;
  /** Who holds the keys of data and logs: AWS, or the account, one key a Region (`encryption.ts`). */
  encryption: 'aws' | 'kms';
  /** Experiment templates that break things on purpose, and what functions need to be broken (`fault-templates.ts`). */
  chaos: boolean;
}

/** Go / no-go takes a synthetic job that ended five minutes ago for unknown. */
const maxCanaryMinutes = 4;

/** What a deployer asked for cannot be deployed; the message says why and what would do. */
export class SettingsRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsRefused';
  }
}

/**
 * Reads and checks the settings. `context` is the CDK's context look-up, `environment` the process environment (only
 * CDK_DEFAULT_ACCOUNT is read).
 *
 * @throws SettingsRefused for a malformed value, or Regions between which the ledger could not be strongly consistent.
 */
export function readSettings(context: (name: string) => unknown, environment: Record<string, string | undefined>): Settings {
  const text = (name: string, fallback: string): string => {
    const value = context(name);
    return value === undefined || value === '' ? fallback : String(value);
  };
  const app = matching('app', text('app', 'batchctl'), /^[a-z][a-z0-9-]{0,19}$/, 'up to 20 lower-case letters, digits and dashes (it becomes part of bucket names)');
  const account = matching('account', text('account', environment.CDK_DEFAULT_ACCOUNT ?? '111122223333'), /^\d{12}$/, 'a 12-digit account id');
  const home = text('primary', 'us-east-1');
  const other = text('standby', 'us-west-2');
  const settings: Settings = {
    app,
    account,
    ...regionsWithStrongConsistency(home, other, text('witness', '')),
    notify: oneOf('notify', text('notify', 'email'), ['email', 'sns']),
    notifyFrom: mailAddress('notifyFrom', text('notifyFrom', `${app}@example.com`)),
    notifyTo: mailAddress('notifyTo', text('notifyTo', 'operator@example.com')),
    arc: oneOf('arc', text('arc', 'true'), ['true', 'false']) === 'true',
    zoneName: text('zoneName', `${app}.internal`),
    partMinBytes: wholeNumber('partMinBytes', text('partMinBytes', String(64 * 1024))),
    partMaxBytes: wholeNumber('partMaxBytes', text('partMaxBytes', String(16 * 1024 * 1024))),
    inlineParts: wholeNumber('inlineParts', text('inlineParts', '40')),
    canaryMinutes: wholeNumber('canaryMinutes', text('canaryMinutes', '1')),
    extensionArns: extensionArns(text('extensionArns', '')),
    keepData: yesOrNo('keepData', text('keepData', 'true')),
    autoFailover: yesOrNo('autoFailover', text('autoFailover', 'false')),
    encryption: oneOf('encryption', text('encryption', 'aws'), ['aws', 'kms']),
    chaos: yesOrNo('chaos', text('chaos', 'false')),
  };
  if (settings.partMaxBytes < settings.partMinBytes) throw new SettingsRefused('partMaxBytes is smaller than partMinBytes.');
  if (settings.canaryMinutes > maxCanaryMinutes) throw new SettingsRefused(`canaryMinutes is ${settings.canaryMinutes}; above ${maxCanaryMinutes} its results would be stale before go / no-go reads them.`);
  const alertsTo = text('alertsTo', '');
  return alertsTo === '' ? settings : { ...settings, alertsTo: mailAddress('alertsTo', alertsTo) };
}

/**
 * A multi-Region strongly consistent table needs two replicas and a witness in three different Regions of one set
 * (CreateGlobalTableWitnessGroupMemberAction in the DynamoDB API model). CloudFormation would only find out half-way
 * through a deployment.
 */
function regionsWithStrongConsistency(home: string, other: string, witness: string): Pick<Settings, 'home' | 'other' | 'witness'> {
  if (home === other) throw new SettingsRefused(`primary and standby are both ${home}. Choose two Regions of one set:\n${listedSets()}`);
  const set = strongConsistencyRegionSets.find((regions) => regions.includes(home) && regions.includes(other));
  if (!set) {
    throw new SettingsRefused(
      `${home} and ${other} cannot share a strongly consistent ledger, and without one a failover cannot fence the Region that it leaves.\nChoose two Regions of one set (-c primary=… -c standby=…):\n${listedSets()}`,
    );
  }
  const candidates = set.filter((region) => region !== home && region !== other);
  const chosen = witness === '' ? candidates[0] : witness;
  if (chosen === undefined || !candidates.includes(chosen)) {
    throw new SettingsRefused(`The witness of ${home} and ${other} cannot be ${witness}. Choose one of: ${candidates.join(', ')} (-c witness=…).`);
  }
  return { home, other, witness: chosen };
}

function listedSets(): string {
  return strongConsistencyRegionSets.map((regions) => `  - ${regions.join(', ')}`).join('\n');
}

function matching(name: string, value: string, pattern: RegExp, rule: string): string {
  if (!pattern.test(value)) throw new SettingsRefused(`${name} is "${value}"; it must be ${rule}.`);
  return value;
}

function oneOf<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new SettingsRefused(`${name} is "${value}"; it must be ${choices.join(' or ')}.`);
  return chosen;
}

const extensionArn = /^arn:aws[\w-]*:(lambda:[\w-]+:\d{12}:function:[\w-]+|ssm:[\w-]+:\d{12}:automation-definition\/[\w.-]+:[\w$]+|iam::\d{12}:role\/[\w+=,.@/-]+)$/;

/** Wildcards do not match: what may be called is named one by one. */
function extensionArns(value: string): string[] {
  return value.split(',').map((arn) => arn.trim()).filter((arn) => arn !== '')
    .map((arn) => matching('extensionArns', arn, extensionArn, 'ARNs of functions, of documents (automation-definition/NAME:$DEFAULT) and of roles, separated by commas'));
}

function yesOrNo(name: string, value: string): boolean {
  return matching(name, value, /^(true|false)$/, 'true or false') === 'true';
}

function mailAddress(name: string, value: string): string {
  return matching(name, value, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'a mail address');
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new SettingsRefused(`${name} is "${value}"; it must be a whole number above 0.`);
  return number;
}
