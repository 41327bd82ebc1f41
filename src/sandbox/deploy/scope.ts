import { AwsError } from '../service.js';
import type { Principal, World } from '../world.js';
import type { CloudFormationService } from '../services/cloudformation/service.js';
import type { StackRecord } from '../services/cloudformation/stack-record.js';
import type { AssemblyStack } from './assembly.js';
import { evaluateCondition, type Scope } from './intrinsics.js';
import { DeploymentError, isRecord, type TemplateParameter } from './template.js';

/** Where the intrinsic functions of one stack find their values. */
export function stackScope(world: World, cloudFormation: CloudFormationService, stack: AssemblyStack, record: StackRecord, principal: Principal): Scope {
  const { template } = stack;
  const conditions = new Map<string, boolean>();
  const pseudo: Record<string, unknown> = {
    'AWS::Region': stack.region,
    'AWS::AccountId': world.account,
    'AWS::Partition': world.partition,
    'AWS::StackName': stack.stackName,
    'AWS::StackId': record.stackId,
    'AWS::URLSuffix': world.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
    'AWS::NotificationARNs': [],
  };
  const scope: Scope = {
    reference: (name) => {
      if (name in pseudo) return pseudo[name];
      const parameter = template.Parameters?.[name];
      if (parameter) return parameterValue(parameter, record.parameters[name] ?? '');
      return createdResource(name).created.ref;
    },
    attribute: (logicalId, attribute) => {
      const { type, created } = createdResource(logicalId);
      const value = attributeOf(created.attributes, attribute);
      if (value === undefined) {
        throw new DeploymentError(`${logicalId} (${type}) has no attribute ${attribute} in the sandbox; it has ${Object.keys(created.attributes).join(', ') || 'none'}`);
      }
      return value;
    },
    condition: (name) => {
      const known = conditions.get(name);
      if (known !== undefined) return known;
      const expression = template.Conditions?.[name];
      if (expression === undefined) throw new DeploymentError(`the template has no condition ${name}`);
      const value = evaluateCondition(expression, scope);
      conditions.set(name, value);
      return value;
    },
    mapping: (map, top, second) => {
      const value = template.Mappings?.[map]?.[top]?.[second];
      if (value === undefined) throw new DeploymentError(`the template maps nothing at ${map}.${top}.${second}`);
      return value;
    },
    exported: (name) => {
      const value = cloudFormation.exported(stack.region, name);
      if (value === undefined) throw new DeploymentError(`no stack in ${stack.region} exports ${name}`);
      return value;
    },
    stackOutput: (stackName, output, region = stack.region) => {
      const other = cloudFormation.stack(region, stackName);
      const value = other?.outputs[output]?.value;
      if (value === undefined) throw new DeploymentError(other ? `stack ${stackName} in ${region} has no output ${output}` : `there is no stack ${stackName} in ${region} to read ${output} from`);
      return value;
    },
    availabilityZones: (region) => ['a', 'b', 'c'].map((zone) => `${region}${zone}`),
    dynamicReference: (text) => dynamicReference(world, stack.region, text, principal),
  };
  const createdResource = (logicalId: string): StackRecord['resources'][string] => {
    const resource = record.resources[logicalId];
    if (resource && template.Resources?.[logicalId]) return resource;
    const condition = template.Resources?.[logicalId]?.Condition;
    throw new DeploymentError(condition ? `${logicalId} is left out by its condition ${condition}, but something refers to it` : `the template has no parameter or resource ${logicalId}`);
  };
  return scope;
}

function attributeOf(attributes: Record<string, unknown>, name: string): unknown {
  if (name in attributes) return attributes[name];
  let value: unknown = attributes;
  for (const step of name.split('.')) value = isRecord(value) ? value[step] : undefined;
  return value;
}

function parameterValue(parameter: TemplateParameter, value: string): unknown {
  return /^(CommaDelimitedList|List<.*>|AWS::SSM::Parameter::Value<List<.*>>)$/.test(parameter.Type) ? value.split(',').map((item) => item.trim()) : value;
}

/** The version that the sandbox's Regions say they are bootstrapped with, for stacks that check it. */
const bootstrapVersion = '30';

/** Every parameter's value as text, SSM-backed ones looked up. */
export async function parameterValues(world: World, stack: AssemblyStack, principal: Principal): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(stack.template.Parameters ?? {})) {
    const given = stack.parameters[name] ?? parameter.Default;
    if (given === undefined) throw new DeploymentError(`parameter ${name} has no value and no default`);
    const value = Array.isArray(given) ? given.join(',') : String(given);
    values[name] = parameter.Type.startsWith('AWS::SSM::Parameter::Value<') ? await ssmParameter(world, stack.region, value, principal) : value;
    checkParameter(name, parameter, values[name] ?? '');
  }
  return values;
}

function checkParameter(name: string, parameter: TemplateParameter, value: string): void {
  if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(value)) {
    throw new DeploymentError(`parameter ${name} is ${value}, but may only be ${parameter.AllowedValues.map(String).join(', ')}`);
  }
  if (parameter.AllowedPattern && !new RegExp(`^(?:${parameter.AllowedPattern})$`).test(value)) {
    throw new DeploymentError(`parameter ${name} does not match ${parameter.AllowedPattern}`);
  }
}

async function ssmParameter(world: World, region: string, name: string, principal: Principal): Promise<string> {
  try {
    const { Parameter } = await world.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name: name, WithDecryption: true }, { region, principal });
    return Parameter.Value;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ParameterNotFound') throw error;
    // `cdk bootstrap` would have made this one: the sandbox's Regions count as bootstrapped.
    if (/^\/cdk-bootstrap\/[^/]+\/version$/.test(name)) return bootstrapVersion;
    // AWS publishes this one in every Region. The sandbox runs no layers, and says so of the function that names one.
    if (/^\/aws\/service\/fis\/lambda-extension\/AWS-FIS-extension-arm64\/1\.x\.x$/.test(name)) return `arn:${world.partition}:lambda:${region}:${world.account}:layer:aws-fis-extension-arm64:1`;
    throw new DeploymentError(`there is no SSM parameter ${name} in ${region}`, { cause: error });
  }
}

async function dynamicReference(world: World, region: string, text: string, principal: Principal): Promise<string> {
  const [service, ...rest] = text.split(':');
  if (service !== 'ssm' && service !== 'ssm-secure') throw new DeploymentError(`the sandbox does not resolve {{resolve:${text}}}`);
  return ssmParameter(world, region, rest.join(':'), principal);
}
