import { describe, expect, it } from 'vitest';
import { evaluateCondition, resolve, type Scope } from '../../../src/sandbox/deploy/intrinsics.js';
import { deploymentOrder, referencesIn } from '../../../src/sandbox/deploy/template.js';

const scope: Scope = {
  reference: (name) => {
    const known: Record<string, unknown> = { 'AWS::Region': 'us-east-1', 'AWS::Partition': 'aws', Queue: 'https://queue', List: ['a', 'b'], Environment: 'prod' };
    if (!(name in known)) throw new Error(`no ${name}`);
    return known[name];
  },
  attribute: (logicalId, attribute) => `${logicalId}#${attribute}`,
  condition: (name) => name === 'Yes',
  mapping: (map, top, second) => `${map}/${top}/${second}`,
  exported: (name) => `exported ${name}`,
  stackOutput: (stack, output, region) => `${stack}.${output}@${region ?? 'here'}`,
  availabilityZones: (region) => [`${region}a`],
  dynamicReference: async (text) => `<${text}>`,
};

describe('intrinsic functions', () => {
  it.each([
    ['Ref', { Ref: 'Queue' }, 'https://queue'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue#Arn'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Queue.Nested.Arn' }, 'Queue#Nested.Arn'],
    ['Join with nested values', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, 7]] }, 'arn:aws:7'],
    ['Join over a list value', { 'Fn::Join': [',', { Ref: 'List' }] }, 'a,b'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Sub with a reference, an attribute and a literal', { 'Fn::Sub': '${AWS::Region} ${Queue.Arn} ${!Kept}' }, 'us-east-1 Queue#Arn ${Kept}'],
    ['Sub with own values that shadow', { 'Fn::Sub': ['${Queue}-${X}', { Queue: 'own', X: { Ref: 'Environment' } }] }, 'own-prod'],
    ['FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'Size'] }, 'Map/us-east-1/Size'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['GetAZs of this Region', { 'Fn::GetAZs': '' }, ['us-east-1a']],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Environment}-x' } }, 'exported prod-x'],
    ['GetStackOutput of another Region', { 'Fn::GetStackOutput': { StackName: 'control', OutputName: 'Arn', Region: 'us-west-2' } }, 'control.Arn@us-west-2'],
    ['If', { 'Fn::If': ['No', 1, 2] }, 2],
    ['ToJsonString', { 'Fn::ToJsonString': { region: { Ref: 'AWS::Region' } } }, '{"region":"us-east-1"}'],
    ['an object that only looks like a condition', { Condition: { StringEquals: { a: 'b' } } }, { Condition: { StringEquals: { a: 'b' } } }],
    ['a dynamic reference inside a text', { Value: 'x-{{resolve:ssm:/a/b}}-y' }, { Value: 'x-<ssm:/a/b>-y' }],
  ])('%s', async (_name, value, expected) => {
    expect(await resolve(value, scope)).toEqual(expected);
  });

  it('drops what is AWS::NoValue, from objects and from lists', async () => {
    const value = { Kept: 1, Gone: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, List: [1, { Ref: 'AWS::NoValue' }, 3] };
    expect(await resolve(value, scope)).toEqual({ Kept: 1, List: [1, 3] });
  });

  it('does not evaluate the branch that is not taken', async () => {
    expect(await resolve({ 'Fn::If': ['Yes', 'taken', { Ref: 'LeftOut' }] }, scope)).toBe('taken');
  });

  it('refuses a function that it does not know, and a list where a text belongs', async () => {
    await expect(resolve({ 'Fn::Cidr': ['10.0.0.0/8', 1, 1] }, scope)).rejects.toThrow('Fn::Cidr');
    await expect(resolve({ 'Fn::Join': ['', [{ nested: true }]] }, scope)).rejects.toThrow('cannot put');
    await expect(resolve({ 'Fn::Select': [5, ['a']] }, scope)).rejects.toThrow('no item 5');
  });

  it('evaluates conditions', () => {
    expect(evaluateCondition({ 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Environment' }, 'test'] }] }] }, scope)).toBe(true);
    expect(evaluateCondition({ 'Fn::Or': [{ Condition: 'No' }, { 'Fn::Contains': [['a'], 'b'] }] }, scope)).toBe(false);
    expect(() => evaluateCondition({ Ref: 'Environment' }, scope)).toThrow('neither true nor false');
  });
});

describe('order of deployment', () => {
  const resource = (Properties: Record<string, unknown>, DependsOn?: string | string[]): { Type: string; Properties: Record<string, unknown>; DependsOn?: string | string[] } => ({ Type: 'T', Properties, ...(DependsOn ? { DependsOn } : {}) });

  it('puts a resource after what it refers to in any way, and keeps the template’s order otherwise', () => {
    expect(deploymentOrder({
      Alarm: resource({ Name: { 'Fn::Sub': '${Topic.TopicName} ${AWS::Region}' } }),
      Policy: resource({ Queues: [{ Ref: 'Queue' }] }, 'Role'),
      Free: resource({}),
      Role: resource({}),
      Queue: resource({ Dead: { 'Fn::GetAtt': 'Dead.Arn' } }),
      Dead: resource({}),
      Topic: resource({}),
    })).toEqual(['Topic', 'Alarm', 'Role', 'Dead', 'Queue', 'Policy', 'Free']);
  });

  it('names the circle', () => {
    expect(() => deploymentOrder({ A: resource({ Ref: 'B' }), B: resource({}, ['C']), C: resource({ X: { Ref: 'A' } }) })).toThrow('A → B → C → A');
  });

  it('refuses a dependency on nothing', () => {
    expect(() => deploymentOrder({ A: resource({}, 'Gone') })).toThrow('A depends on Gone');
  });

  it('does not take a substitution’s own names or literals for references', () => {
    expect([...referencesIn({ 'Fn::Sub': ['${Own} ${!Literal} ${Other}', { Own: { Ref: 'Inner' } }] })].sort()).toEqual(['Inner', 'Other']);
  });
});
