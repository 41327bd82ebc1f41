import { describe, expect, it } from 'vitest';
import { requestContext } from '../../../src/sandbox/iam/policy-conditions.js';
import { decide, trusts, trustsService, type AccessRequest } from '../../../src/sandbox/iam/policy-evaluation.js';
import type { PolicyDocument, PolicyStatement } from '../../../src/sandbox/service.js';

const role = 'arn:aws:iam::111122223333:role/worker';

function request(action: string, resource: string, context: Record<string, string | string[]> = {}): AccessRequest {
  return { action, resource, principalArn: role, account: '111122223333', context: requestContext({ 'aws:username': 'ada', ...context }) };
}

function policy(...statements: Partial<PolicyStatement>[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })) };
}

const allowed = (identity: PolicyDocument[], asked: AccessRequest, resource?: PolicyDocument): boolean => decide({ identity, resource }, asked).allowed;

describe('identity policies', () => {
  const object = 'arn:aws:s3:::in-east/input/a.csv';

  it.each<[string, Partial<PolicyStatement>, boolean]>([
    ['the very action and resource', { Action: 's3:GetObject', Resource: object }, true],
    ['another action', { Action: 's3:PutObject', Resource: object }, false],
    ['an action in other letters', { Action: 'S3:getobject', Resource: object }, true],
    ['wild cards', { Action: ['s3:Get*', 's3:List*'], Resource: 'arn:aws:s3:::in-*/input/?.csv' }, true],
    ['a wild card that stops short', { Action: 's3:*', Resource: 'arn:aws:s3:::in-east' }, false],
    ['a resource in other letters', { Action: 's3:*', Resource: 'arn:aws:s3:::IN-EAST/*' }, false],
    ['everything but deleting', { NotAction: 's3:Delete*', Resource: '*' }, true],
    ['everything but reading', { NotAction: ['s3:GetObject'], Resource: '*' }, false],
    ['everywhere but here', { Action: 's3:*', NotResource: 'arn:aws:s3:::in-east/*' }, false],
    ['a folder named after the user', { Action: 's3:*', Resource: 'arn:aws:s3:::in-east/${aws:username}/*' }, false],
    ['a variable without a value', { Action: 's3:*', Resource: 'arn:aws:s3:::in-east/${aws:PrincipalTag/team}*' }, false],
    ['a dot that is only a dot', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::in-east/input/a?csv' }, true],
  ])('with %s', (_what, statement, expected) => {
    expect(allowed([policy(statement)], request('s3:GetObject', object))).toBe(expected);
  });

  it('allow the folder named after the user to that user', () => {
    expect(allowed([policy({ Action: 's3:*', Resource: 'arn:aws:s3:::in-east/${aws:username}/*' })], request('s3:GetObject', 'arn:aws:s3:::in-east/ada/x'))).toBe(true);
  });

  it('refuse with an explicit deny whatever else allows, and say which policy it was', () => {
    const documents = [policy({ Action: '*', Resource: '*' }), policy({ Effect: 'Deny', Action: 's3:GetObject', Resource: '*' })];
    expect(decide({ identity: documents }, request('s3:GetObject', object))).toEqual({ allowed: false, explicit: true, kind: 'identity-based policy' });
    expect(decide({ identity: [] }, request('s3:GetObject', object))).toEqual({ allowed: false, explicit: false, kind: 'identity-based policy' });
  });

  it('allow nothing beyond a permissions boundary', () => {
    const boundary = policy({ Action: 's3:GetObject', Resource: '*' });
    const identity = [policy({ Action: 's3:*', Resource: '*' })];
    expect(decide({ identity, boundary }, request('s3:GetObject', object)).allowed).toBe(true);
    expect(decide({ identity, boundary }, request('s3:PutObject', object))).toEqual({ allowed: false, explicit: false, kind: 'permissions boundary' });
  });
});

describe('conditions', () => {
  it.each<[string, PolicyStatement['Condition'], Record<string, string | string[]>, boolean]>([
    ['an equal string', { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'us-west-2'] } }, { 'aws:RequestedRegion': 'us-west-2' }, true],
    ['a string that differs', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, { 'aws:RequestedRegion': 'eu-west-1' }, false],
    ['a key that is missing', { StringEquals: { 'lambda:Invoker': 'x' } }, {}, false],
    ['a key in other letters', { StringEquals: { 'AWS:requestedregion': 'us-east-1' } }, { 'aws:RequestedRegion': 'us-east-1' }, true],
    ['a string not to be, missing', { StringNotEquals: { 'lambda:Invoker': 'x' } }, {}, true],
    ['a string not to be, there', { StringNotEquals: { 'lambda:Invoker': ['x', 'y'] } }, { 'lambda:Invoker': 'y' }, false],
    ['a pattern', { StringLike: { 's3:prefix': ['input/*', ''] } }, { 's3:prefix': 'input/a' }, true],
    ['an ARN pattern', { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/app-*' } }, { 'aws:SourceArn': 'arn:aws:events:us-east-1:1:rule/app-ingest' }, true],
    ['a missing key with IfExists', { StringEqualsIfExists: { 'lambda:Invoker': 'x' } }, {}, true],
    ['a wrong key with IfExists', { StringEqualsIfExists: { 'lambda:Invoker': 'x' } }, { 'lambda:Invoker': 'y' }, false],
    ['a truth', { Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': 'true' }, false],
    ['a truth as JSON has it', { Bool: { 'aws:SecureTransport': true } }, { 'aws:SecureTransport': 'true' }, true],
    ['absence', { Null: { 's3:if-none-match': 'true' } }, {}, true],
    ['presence', { Null: { 's3:if-none-match': 'false' } }, {}, false],
    ['numbers', { NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '9' }, true],
    ['dates', { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }, { 'aws:CurrentTime': '2026-11-21T00:00:00Z' }, true],
    ['any value of a set', { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['a'] } }, { 'dynamodb:Attributes': ['b', 'a'] }, true],
    ['all values of a set', { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['a', 'b'] } }, { 'dynamodb:Attributes': ['b', 'a'] }, true],
    ['one value too many', { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['a', 'b'] } }, { 'dynamodb:Attributes': ['b', 'c'] }, false],
    ['all values of an empty set', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['job#*'] } }, {}, true],
    ['two conditions of which one fails', { StringEquals: { a: '1', b: '2' } }, { a: '1', b: '3' }, false],
  ])('%s', (_what, condition, context, expected) => {
    expect(allowed([policy({ Action: '*', Resource: '*', Condition: condition })], request('s3:GetObject', '*', context))).toBe(expected);
  });
});

describe('policies of resources', () => {
  const queue = 'arn:aws:sqs:us-east-1:111122223333:q';
  const asked = request('sqs:SendMessage', queue);

  it.each<[string, PolicyStatement['Principal'], boolean]>([
    ['everyone', '*', true],
    ['this role', { AWS: [role] }, true],
    ['another role', { AWS: 'arn:aws:iam::111122223333:role/other' }, false],
    // The account only hands the decision to its own identities' policies.
    ['the account', { AWS: 'arn:aws:iam::111122223333:root' }, false],
    ['a service', { Service: 'events.amazonaws.com' }, false],
  ])('that name %s', (_who, principal, expected) => {
    expect(allowed([], asked, policy({ Principal: principal, Action: 'sqs:*', Resource: queue }))).toBe(expected);
  });

  it('deny to the whole account, and to all but some', () => {
    const identity = [policy({ Action: 'sqs:*', Resource: '*' })];
    const root = policy({ Effect: 'Deny', Principal: { AWS: '111122223333' }, Action: '*', Resource: '*' });
    expect(decide({ identity, resource: root }, asked)).toEqual({ allowed: false, explicit: true, kind: 'resource-based policy' });
    const others = policy({ Effect: 'Deny', NotPrincipal: { AWS: role }, Action: '*', Resource: '*' });
    expect(allowed(identity, asked, others)).toBe(true);
  });

  it('refuse connections without TLS and let the others pass', () => {
    const tlsOnly = policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    const identity = [policy({ Action: 's3:*', Resource: '*' })];
    expect(allowed(identity, request('s3:GetObject', '*', { 'aws:SecureTransport': 'true' }), tlsOnly)).toBe(true);
    expect(allowed(identity, request('s3:GetObject', '*', { 'aws:SecureTransport': 'false' }), tlsOnly)).toBe(false);
  });
});

describe('trust', () => {
  const trust = policy({ Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com'] }, Action: 'sts:AssumeRole' }, { Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'sts:ExternalId': 'x' } } });

  it('names services and, for the account, any identity in it', () => {
    expect(trustsService(trust, 'states.amazonaws.com')).toBe(true);
    expect(trustsService(trust, 'events.amazonaws.com')).toBe(false);
    expect(trusts(trust, request('sts:AssumeRole', '*', { 'sts:ExternalId': 'x' }))).toBe(true);
    expect(trusts(trust, request('sts:AssumeRole', '*'))).toBe(false);
  });
});
