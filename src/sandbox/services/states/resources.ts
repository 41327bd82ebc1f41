import { readFile } from 'node:fs/promises';
import { AwsError, type CreatedResource, type ResourceContext, type ResourceHandler } from '../../service.js';
import { deliveryOfLogs, requireAllowed, requireAssumable, tracingOfStateMachines } from '../../iam/role-checks.js';
import type { World } from '../../world.js';
import { isObject, type Json, type JsonObject } from './json.js';
import type { MachineOperations, MachineRequest } from './machine-operations.js';
import type { StateMachine } from './records.js';

interface MachineProperties {
  StateMachineName?: string;
  DefinitionString?: string;
  Definition?: Json;
  DefinitionS3Location?: { Bucket: string; Key: string };
  DefinitionSubstitutions?: JsonObject;
  RoleArn: string;
  StateMachineType?: string;
  LoggingConfiguration?: Json;
  TracingConfiguration?: Json;
  Tags?: { Key: string; Value: string }[];
}

/** AWS::StepFunctions::StateMachine. */
export function stateMachineResource(world: World, machines: MachineOperations, remove: (arn: string) => Promise<void>): ResourceHandler {
  return {
    properties: ['StateMachineName', 'DefinitionString', 'Definition', 'DefinitionS3Location', 'DefinitionSubstitutions', 'RoleArn',
      'StateMachineType', 'LoggingConfiguration', 'TracingConfiguration', 'Tags'],
    async create(context: ResourceContext, properties: MachineProperties) {
      checkRole(world, context.region, properties);
      return created(machines.create(context.region, await requestOf(context, properties)));
    },
    async update(context: ResourceContext, properties: MachineProperties, previous: CreatedResource) {
      checkRole(world, context.region, properties);
      return created(machines.update(previous.ref, await requestOf(context, properties)));
    },
    remove: async (_context: ResourceContext, previous: CreatedResource) => remove(previous.ref),
  };
}

function checkRole(world: World, region: string, { RoleArn, LoggingConfiguration, TracingConfiguration }: MachineProperties): void {
  requireAssumable(world, RoleArn, 'states.amazonaws.com', { code: 'AccessDeniedException', message: `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role ${RoleArn}` });
  const logs = isObject(LoggingConfiguration) && LoggingConfiguration['Level'] !== undefined && LoggingConfiguration['Level'] !== 'OFF';
  if (logs) requireAllowed(world, RoleArn, region, deliveryOfLogs, '*', { code: 'AccessDeniedException', message: 'The state machine IAM Role is not authorized to access the Log Destination' });
  const traces = isObject(TracingConfiguration) && String(TracingConfiguration['Enabled']) === 'true';
  if (traces) requireAllowed(world, RoleArn, region, tracingOfStateMachines, '*', { code: 'AccessDeniedException', message: 'The state machine IAM Role is not authorized to send traces to X-Ray' });
}

function created(machine: StateMachine): CreatedResource {
  return { ref: machine.arn, attributes: { Arn: machine.arn, Name: machine.name, StateMachineRevisionId: machine.revision } };
}

async function requestOf(context: ResourceContext, properties: MachineProperties): Promise<MachineRequest> {
  const { LoggingConfiguration, TracingConfiguration, Tags } = properties;
  return {
    name: properties.StateMachineName ?? `${context.stackName}-${context.logicalId}`.slice(0, 80),
    definition: substituted(await definitionText(context, properties), properties.DefinitionSubstitutions),
    roleArn: properties.RoleArn,
    type: properties.StateMachineType ?? 'STANDARD',
    ...(LoggingConfiguration === undefined ? {} : { loggingConfiguration: LoggingConfiguration }),
    ...(TracingConfiguration === undefined ? {} : { tracingConfiguration: TracingConfiguration }),
    ...(Tags === undefined ? {} : { tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) }),
  };
}

async function definitionText(context: ResourceContext, properties: MachineProperties): Promise<string> {
  if (properties.DefinitionString !== undefined) return properties.DefinitionString;
  if (isObject(properties.Definition)) return JSON.stringify(properties.Definition);
  const key = properties.DefinitionS3Location?.Key;
  if (key === undefined) throw new AwsError('ValidationException', `${context.logicalId} has no definition`);
  return readFile(context.assetPath(key), 'utf8');
}

/** `${name}` in the definition, as DefinitionSubstitutions gives it. */
function substituted(definition: string, substitutions: JsonObject | undefined): string {
  if (!substitutions) return definition;
  return definition.replaceAll(/\$\{([A-Za-z0-9_]+)\}/g, (whole, name: string) => {
    const value = substitutions[name];
    return value === undefined ? whole : JSON.stringify(String(value)).slice(1, -1);
  });
}
