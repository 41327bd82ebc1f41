import { AwsError, type CallContext, type RequiredPermission, type ResourceHandler, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createAutomation, type AutomationSnapshot } from './automation/service.js';

/**
 * Systems Manager: Automation (see its folder) and Parameter Store, both per Region.
 *
 * Parameter Store: names and hierarchies, versions (the newest 100 are kept), labels by
 * number (`name:3`), size limits of the tiers, pages of ten by path. SecureString values are kept and returned as they
 * are: the sandbox has no KMS. Not imitated: policies, sharing, change events.
 * Sources: the API reference of Parameter Store; limits from "Systems Manager endpoints and quotas".
 */
export function createSsm(world: World): Service {
  let parameters = new Map<string, StoredParameter>();
  const automation = createAutomation(world);
  const store: ParameterStore = {
    find: (region, name) => parameters.get(keyOf(region, name)),
    put: (region, parameter) => { parameters.set(keyOf(region, parameter.name), parameter); world.changed(); },
    remove: (region, name) => {
      const removed = parameters.delete(keyOf(region, name));
      if (removed) world.changed();
      return removed;
    },
    inRegion: (region) => [...parameters].filter(([key]) => key.startsWith(`${region}\n`)).map(([, parameter]) => parameter),
  };
  return {
    name: 'ssm',
    operations: { ...operationsOf(world, store), ...automation.operations },
    permissions: (operation, input, call) => automation.permissions(operation, input, call) ?? permissionsOf(world, operation, input as PermissionInput, call),
    resources: { 'AWS::SSM::Parameter': parameterHandler(world, store), ...automation.resources },
    snapshot: (): SsmSnapshot => ({ parameters: [...parameters], automation: automation.snapshot() }),
    restore(state: SsmSnapshot) {
      parameters = new Map(state.parameters);
      automation.restore(state.automation);
    },
    start: () => automation.start(),
    stop: () => automation.stop(),
    inspect: () => ({ parameters: [...parameters.keys()].map((key) => key.replace('\n', ' ')), ...automation.inspect() }),
  };
}

interface SsmSnapshot {
  parameters: [string, StoredParameter][];
  automation: AutomationSnapshot;
}

interface StoredParameter {
  name: string;
  type: 'String' | 'StringList' | 'SecureString';
  tier: 'Standard' | 'Advanced' | 'Intelligent-Tiering';
  description?: string;
  dataType: string;
  /** Oldest first. */
  versions: { version: number; value: string; at: number }[];
}

interface ParameterStore {
  find(region: string, name: string): StoredParameter | undefined;
  put(region: string, parameter: StoredParameter): void;
  remove(region: string, name: string): boolean;
  inRegion(region: string): StoredParameter[];
}

interface PutParameterInput {
  Name: string;
  Value: string;
  Type?: StoredParameter['type'];
  Tier?: StoredParameter['tier'];
  Description?: string;
  Overwrite?: boolean;
  DataType?: string;
  AllowedPattern?: string;
}

const keptVersions = 100;
const sizeLimits = { Standard: 4096, Advanced: 8192, 'Intelligent-Tiering': 8192 } as const;
const keyOf = (region: string, name: string): string => `${region}\n${name}`;

function parameterArn(world: World, region: string, name: string): string {
  return `arn:${world.partition}:ssm:${region}:${world.account}:parameter/${name.replace(/^\//, '')}`;
}

function operationsOf(world: World, store: ParameterStore): Service['operations'] {
  const view = (region: string, parameter: StoredParameter, version?: number): Record<string, unknown> | undefined => {
    const found = version === undefined ? parameter.versions.at(-1) : parameter.versions.find((candidate) => candidate.version === version);
    if (!found) return undefined;
    return {
      Name: parameter.name, Type: parameter.type, Value: found.value, Version: found.version,
      LastModifiedDate: new Date(found.at), ARN: parameterArn(world, region, parameter.name), DataType: parameter.dataType,
      ...(version === undefined ? {} : { Selector: `:${version}` }),
    };
  };
  const read = (region: string, selector: string): Record<string, unknown> | undefined => {
    const { name, version } = parseSelector(selector);
    const parameter = store.find(region, name);
    const found = parameter && view(region, parameter, version);
    if (parameter && !found) throw new AwsError('ParameterVersionNotFound', `Systems Manager could not find version ${version ?? ''} of ${name}.`);
    return found;
  };
  return {
    PutParameter: async (input: PutParameterInput, call) => putParameter(world, store, call.region, input),
    GetParameter: async (input: { Name: string }, call) => {
      const found = read(call.region, input.Name);
      if (!found) throw new AwsError('ParameterNotFound', `Parameter ${input.Name} not found.`);
      return { Parameter: found };
    },
    GetParameters: async (input: { Names: string[] }, call) => {
      if (input.Names.length > 10) throw new AwsError('ValidationException', 'names must have at most 10 members');
      const found = input.Names.map((name) => ({ name, parameter: read(call.region, name) }));
      return { Parameters: found.flatMap(({ parameter }) => parameter ?? []), InvalidParameters: found.flatMap(({ name, parameter }) => (parameter ? [] : name)) };
    },
    GetParametersByPath: async (input: { Path: string; Recursive?: boolean; MaxResults?: number; NextToken?: string }, call) => {
      if (!input.Path.startsWith('/')) throw new AwsError('ValidationException', 'The parameter path must begin with a slash.');
      const prefix = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
      const matching = store.inRegion(call.region)
        .filter((parameter) => parameter.name.startsWith(prefix) && (input.Recursive || !parameter.name.slice(prefix.length).includes('/')))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
      const { page, nextToken } = pageOf(matching, input.MaxResults ?? 10, input.NextToken);
      return { Parameters: page.map((parameter) => view(call.region, parameter)), NextToken: nextToken };
    },
    GetParameterHistory: async (input: { Name: string }, call) => {
      const parameter = needed(store, call.region, input.Name);
      return { Parameters: parameter.versions.map(({ version }) => view(call.region, parameter, version)) };
    },
    DescribeParameters: async (input: { MaxResults?: number; NextToken?: string }, call) => {
      const all = store.inRegion(call.region).sort((left, right) => (left.name < right.name ? -1 : 1));
      const { page, nextToken } = pageOf(all, input.MaxResults ?? 10, input.NextToken);
      const described = page.map((parameter) => {
        const newest = parameter.versions.at(-1);
        return { Name: parameter.name, ARN: parameterArn(world, call.region, parameter.name), Type: parameter.type, Tier: parameter.tier, Description: parameter.description, Version: newest?.version, LastModifiedDate: new Date(newest?.at ?? 0), DataType: parameter.dataType };
      });
      return { Parameters: described, NextToken: nextToken };
    },
    DeleteParameter: async (input: { Name: string }, call) => {
      if (!store.remove(call.region, input.Name)) throw new AwsError('ParameterNotFound', `Parameter ${input.Name} not found.`);
      return {};
    },
    DeleteParameters: async (input: { Names: string[] }, call) => {
      const removed = input.Names.map((name) => ({ name, done: store.remove(call.region, name) }));
      return { DeletedParameters: removed.flatMap(({ name, done }) => (done ? name : [])), InvalidParameters: removed.flatMap(({ name, done }) => (done ? [] : name)) };
    },
  };
}

/** `name`, `name:version`, or an ARN of either. */
function parseSelector(selector: string): { name: string; version: number | undefined } {
  const arn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(selector);
  const [name = '', version] = (arn?.[1] ?? selector).split(':');
  return { name, version: version === undefined ? undefined : Number(version) };
}

function needed(store: ParameterStore, region: string, name: string): StoredParameter {
  const parameter = store.find(region, name);
  if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return parameter;
}

function pageOf<Item>(items: Item[], limit: number, token: string | undefined): { page: Item[]; nextToken: string | undefined } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
  return { page: items.slice(start, start + limit), nextToken: start + limit < items.length ? String(start + limit) : undefined };
}

function putParameter(world: World, store: ParameterStore, region: string, input: PutParameterInput): { Version: number; Tier: string } {
  checkName(input.Name);
  const previous = store.find(region, input.Name);
  if (previous && !input.Overwrite) throw new AwsError('ParameterAlreadyExists', 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
  const type = input.Type ?? previous?.type;
  if (!type) throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
  const bytes = Buffer.byteLength(input.Value);
  const requested = input.Tier ?? previous?.tier ?? 'Standard';
  const tier = requested === 'Intelligent-Tiering' ? (bytes > sizeLimits.Standard ? 'Advanced' : 'Standard') : requested;
  if (bytes === 0 || bytes > sizeLimits[tier]) {
    throw new AwsError('ValidationException', `${tier} tier parameters support a maximum parameter value of ${sizeLimits[tier]} characters and at least one; this value has ${bytes} bytes.`);
  }
  if (input.AllowedPattern && !new RegExp(input.AllowedPattern).test(input.Value)) {
    throw new AwsError('ParameterPatternMismatchException', `Parameter value failed to satisfy ${input.AllowedPattern}`);
  }
  const version = (previous?.versions.at(-1)?.version ?? 0) + 1;
  const description = input.Description ?? previous?.description;
  store.put(region, {
    name: input.Name, type, tier, dataType: input.DataType ?? 'text',
    ...(description === undefined ? {} : { description }),
    versions: [...previous?.versions ?? [], { version, value: input.Value, at: world.clock.now() }].slice(-keptVersions),
  });
  return { Version: version, Tier: tier };
}

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name)) throw new AwsError('ValidationException', 'Parameter name: can only contain letters, digits and the symbols . - _ and /.');
  if (name.includes('/') && !name.startsWith('/')) throw new AwsError('ValidationException', 'Parameter name must be a fully qualified name.');
  if (/^\/?(aws|ssm)/i.test(name)) throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (name.split('/').length > 16) throw new AwsError('HierarchyLevelLimitExceededException', 'A parameter hierarchy can have at most 15 levels.');
}

interface PermissionInput {
  Name?: string;
  Names?: string[];
  Path?: string;
}

function permissionsOf(world: World, operation: string, input: PermissionInput, call: CallContext): RequiredPermission[] {
  const names = input.Names ?? (input.Name === undefined ? [] : [input.Name]);
  const targets = names.length > 0 ? names.map((name) => parseSelector(name).name) : input.Path === undefined ? [] : [input.Path];
  if (targets.length === 0) return [{ action: `ssm:${operation}`, resource: '*' }];
  return targets.map((target) => ({ action: `ssm:${operation}`, resource: parameterArn(world, call.region, target) }));
}

interface ParameterProperties {
  Name?: string;
  Type: StoredParameter['type'];
  Value: string;
  Description?: string;
  Tier?: StoredParameter['tier'];
  AllowedPattern?: string;
  DataType?: string;
}

function parameterHandler(world: World, store: ParameterStore): ResourceHandler {
  const put = (region: string, name: string, properties: ParameterProperties, overwrite: boolean): { ref: string; attributes: Record<string, unknown> } => {
    putParameter(world, store, region, { ...properties, Name: name, Overwrite: overwrite });
    return { ref: name, attributes: { Type: properties.Type, Value: properties.Value } };
  };
  return {
    properties: ['Name', 'Type', 'Value', 'Description', 'Tier', 'AllowedPattern', 'DataType', 'Tags'],
    create: async (context, given) => {
      const properties: ParameterProperties = given;
      return put(context.region, properties.Name ?? `CFN-${context.logicalId}-${world.random.hex(12)}`, properties, false);
    },
    update: async (context, given, previous) => {
      const properties: ParameterProperties = given;
      const name = properties.Name ?? previous.ref;
      if (name !== previous.ref) store.remove(context.region, previous.ref);
      return put(context.region, name, properties, name === previous.ref);
    },
    remove: async (context, previous) => { store.remove(context.region, previous.ref); },
  };
}
