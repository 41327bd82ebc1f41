import { createHash } from 'node:crypto';
import type { CreatedResource, PolicyStatement, ResourceContext, ResourceHandler } from '../../service.js';
import { AwsError } from '../../service.js';
import { requireAllowed, requireAssumable, tracingOfFunctions } from '../../iam/role-checks.js';
import type { World } from '../../world.js';
import { defaultEventInvoke, type FunctionRegistry } from './functions.js';
import type { FunctionConfiguration } from './runtime.js';

interface FunctionProperties {
  FunctionName?: string;
  Description?: string;
  Code?: { S3Bucket?: string; S3Key?: string; ZipFile?: string };
  Handler?: string;
  Runtime?: string;
  Role: string;
  Timeout?: number | string;
  MemorySize?: number | string;
  Environment?: { Variables?: Record<string, string> };
  ReservedConcurrentExecutions?: number;
  DeadLetterConfig?: { TargetArn?: string };
  LoggingConfig?: { LogGroup?: string; LogFormat?: string };
  TracingConfig?: { Mode?: string };
}

/** Everything about functions that a template can define and the sandbox models. */
export function lambdaResources(world: World, registry: FunctionRegistry): Record<string, ResourceHandler> {
  return {
    'AWS::Lambda::Function': functionResource(world, registry),
    'AWS::Lambda::Permission': permissionResource(world, registry),
    'AWS::Lambda::EventInvokeConfig': eventInvokeResource(registry),
    'AWS::Lambda::Version': versionResource(registry),
    'AWS::Lambda::Alias': aliasResource(registry),
  };
}

function functionResource(world: World, registry: FunctionRegistry): ResourceHandler {
  const created = (fn: FunctionConfiguration): CreatedResource => ({ ref: fn.functionName, attributes: { Arn: fn.functionArn } });
  const put = (context: ResourceContext, properties: FunctionProperties): CreatedResource => {
    const fn = configurationOf(world, context, properties);
    requireAssumable(world, fn.roleArn, 'lambda.amazonaws.com', { code: 'InvalidParameterValueException', message: 'The role defined for the function cannot be assumed by Lambda.' });
    if (properties.TracingConfig?.Mode === 'Active') {
      requireAllowed(world, fn.roleArn, fn.region, tracingOfFunctions, '*', { code: 'InvalidParameterValueException', message: 'The provided execution role does not have permissions to send traces to XRAY' });
    }
    registry.put(fn);
    return created(fn);
  };
  return {
    // Architecture and tags change nothing here; tracing and layers would, and are reported.
    properties: ['FunctionName', 'Description', 'Code', 'Handler', 'Runtime', 'Role', 'Timeout', 'MemorySize', 'Environment',
      'ReservedConcurrentExecutions', 'DeadLetterConfig', 'LoggingConfig', 'Architectures', 'Tags', 'PackageType'],
    create: async (context: ResourceContext, properties: FunctionProperties) => put(context, properties),
    update: async (context: ResourceContext, properties: FunctionProperties, previous: CreatedResource) => put(context, { FunctionName: previous.ref, ...properties }),
    // A call that runs goes on; there is no new one.
    remove: async (_context: ResourceContext, previous: CreatedResource) => { registry.remove(String(previous.attributes['Arn'])); },
  };
}

function configurationOf(world: World, context: ResourceContext, properties: FunctionProperties): FunctionConfiguration {
  const name = properties.FunctionName ?? `${context.stackName}-${context.logicalId}`.slice(0, 64);
  const key = properties.Code?.S3Key;
  if (key === undefined) throw new AwsError('InvalidParameterValueException', `${context.logicalId}: the sandbox runs functions whose code is an asset of the assembly`);
  const runtime = properties.Runtime ?? 'nodejs20.x';
  if (!runtime.startsWith('nodejs')) throw new AwsError('InvalidParameterValueException', `${context.logicalId}: the sandbox runs Node.js functions, not ${runtime}`);
  return {
    functionName: name,
    functionArn: `arn:${world.partition}:lambda:${context.region}:${world.account}:function:${name}`,
    region: context.region,
    roleArn: properties.Role,
    handler: properties.Handler ?? 'index.handler',
    codeFolder: context.assetPath(key),
    runtime,
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMegabytes: Number(properties.MemorySize ?? 128),
    environment: Object.fromEntries(Object.entries(properties.Environment?.Variables ?? {}).map(([variable, value]) => [variable, String(value)])),
    description: properties.Description ?? '',
    revision: createHash('sha256').update(JSON.stringify(properties)).digest('hex').slice(0, 32),
    lastModified: world.clock.now(),
    logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    ...(properties.ReservedConcurrentExecutions === undefined ? {} : { reservedConcurrency: Number(properties.ReservedConcurrentExecutions) }),
    ...(properties.DeadLetterConfig?.TargetArn === undefined ? {} : { deadLetterTargetArn: properties.DeadLetterConfig.TargetArn }),
  };
}

interface PermissionProperties {
  FunctionName: string;
  Action: string;
  Principal: string;
  SourceArn?: string;
  SourceAccount?: string;
}

/** A statement of the function's resource policy. */
function permissionResource(world: World, registry: FunctionRegistry): ResourceHandler {
  const put = (context: ResourceContext, properties: PermissionProperties): CreatedResource => {
    const { functionArn } = registry.find(context.region, properties.FunctionName);
    const Sid = `${context.stackName}-${context.logicalId}`;
    registry.allow(functionArn, { Sid, Effect: 'Allow', Principal: principalOf(world, properties.Principal), Action: properties.Action, Resource: functionArn, ...conditionOf(properties) });
    return { ref: Sid, attributes: { Id: Sid } };
  };
  return {
    properties: ['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount'],
    create: async (context: ResourceContext, properties: PermissionProperties) => put(context, properties),
    update: async (context: ResourceContext, properties: PermissionProperties) => put(context, properties),
    remove: async (_context: ResourceContext, previous: CreatedResource) => { registry.disallow(previous.ref); },
  };
}

function principalOf(world: World, principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (principal.includes('.amazonaws.com')) return { Service: principal };
  return { AWS: principal.startsWith('arn:') ? principal : `arn:${world.partition}:iam::${principal}:root` };
}

function conditionOf({ SourceArn, SourceAccount }: PermissionProperties): Pick<PolicyStatement, 'Condition'> {
  if (SourceArn === undefined && SourceAccount === undefined) return {};
  return {
    Condition: {
      ...(SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': SourceArn } }),
      ...(SourceAccount === undefined ? {} : { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
    },
  };
}

interface EventInvokeProperties {
  FunctionName: string;
  Qualifier: string;
  MaximumRetryAttempts?: number;
  MaximumEventAgeInSeconds?: number;
  DestinationConfig?: { OnFailure?: { Destination?: string }; OnSuccess?: { Destination?: string } };
}

function eventInvokeResource(registry: FunctionRegistry): ResourceHandler {
  const put = (context: ResourceContext, properties: EventInvokeProperties): CreatedResource => {
    const { functionArn, functionName } = registry.find(context.region, properties.FunctionName);
    const { OnFailure, OnSuccess } = properties.DestinationConfig ?? {};
    registry.setEventInvoke(functionArn, {
      maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? defaultEventInvoke.maximumRetryAttempts),
      maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? defaultEventInvoke.maximumEventAgeSeconds),
      ...(OnFailure?.Destination === undefined ? {} : { onFailure: OnFailure.Destination }),
      ...(OnSuccess?.Destination === undefined ? {} : { onSuccess: OnSuccess.Destination }),
    });
    return { ref: `${functionName}-event-invoke-config`, attributes: {} };
  };
  return {
    properties: ['FunctionName', 'Qualifier', 'MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'],
    create: async (context: ResourceContext, properties: EventInvokeProperties) => put(context, properties),
    update: async (context: ResourceContext, properties: EventInvokeProperties) => put(context, properties),
    // It goes with its function, or leaves it with the defaults.
    remove: async (context: ResourceContext, previous: CreatedResource) => { registry.forgetEventInvoke(context.region, previous.ref.replace(/-event-invoke-config$/, '')); },
  };
}

/** Versions and aliases lead to the one code that there is: invoking them runs the newest. */
function versionResource(registry: FunctionRegistry): ResourceHandler {
  const put = (context: ResourceContext, properties: { FunctionName: string }): CreatedResource => {
    const { functionArn } = registry.find(context.region, properties.FunctionName);
    context.unmodelled('AWS::Lambda::Version', 'invoking a version runs the newest code');
    return { ref: `${functionArn}:1`, attributes: { Version: '1', FunctionArn: `${functionArn}:1` } };
  };
  return {
    properties: ['FunctionName', 'Description', 'CodeSha256'],
    create: async (context: ResourceContext, properties: { FunctionName: string }) => put(context, properties),
    update: async (context: ResourceContext, properties: { FunctionName: string }) => put(context, properties),
  };
}

function aliasResource(registry: FunctionRegistry): ResourceHandler {
  const put = (context: ResourceContext, properties: { FunctionName: string; Name: string }): CreatedResource => {
    const { functionArn } = registry.find(context.region, properties.FunctionName);
    context.unmodelled('AWS::Lambda::Alias', 'invoking an alias runs the newest code');
    return { ref: `${functionArn}:${properties.Name}`, attributes: { AliasArn: `${functionArn}:${properties.Name}` } };
  };
  return {
    properties: ['FunctionName', 'FunctionVersion', 'Name', 'Description'],
    create: async (context: ResourceContext, properties: { FunctionName: string; Name: string }) => put(context, properties),
    update: async (context: ResourceContext, properties: { FunctionName: string; Name: string }) => put(context, properties),
  };
}
