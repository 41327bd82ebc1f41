import { describe, expect, it } from 'vitest';
import { deploymentSchema, type Deployment } from '../../src/config/schema.js';
import { checks, diagnose } from '../../src/core/doctor.js';
import type { DoctorFacts } from '../../src/core/doctor-facts.js';
import { known, unknown } from '../../src/core/observation.js';
import { deploymentDocument } from './deployment-document.js';

const now = '2026-11-21T06:00:00.000Z';
const east = 'us-east-1';
const west = 'us-west-2';
const seen = <T>(value: T) => known(value, now, 'operator');
const both = <T>(value: T): Record<string, T> => ({ [east]: value, [west]: value });
const dark = unknown('unreachable (ECONNREFUSED)', now, 'operator');
const deployment = deploymentSchema.parse(deploymentDocument);
const described = JSON.parse(JSON.stringify(deploymentDocument)) as Record<string, unknown>;

const healthy: DoctorFacts = {
  at: now,
  credentials: seen({ kind: 'long-lived keys', expiresAt: null }),
  identities: both(seen({ account: '111122223333', arn: 'arn:aws:iam::111122223333:user/operator' })),
  clockSkewSeconds: seen(0),
  proxy: null,
  arcEndpoints: Object.fromEntries(['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'].map((region) => [region, seen({ [east]: 'On' as const, [west]: 'Off' as const })])),
  mrapControlRegions: { 'us-east-1': seen(true), 'us-west-2': seen(true), 'eu-west-1': seen(true) },
  accessPoint: seen(true),
  calls: both([{ action: 'dynamodb:GetItem', answer: seen(true), denied: false }, { action: 's3:GetObject', answer: seen(true), denied: false }]),
  descriptions: both(seen(described)),
  versions: both(seen('abc123')),
  quotas: both(seen({ 'Lambda concurrent executions': 1000 })),
  alarms: both(seen([{ name: 'dead-letters', actionsEnabled: true, actions: 1 }])),
  replication: {
    [east]: seen([{ id: 'to-west', enabled: true, destinationBucket: 'orders-west', timeControl: true, metrics: true, replicaModifications: true }]),
    [west]: seen([{ id: 'to-east', enabled: true, destinationBucket: 'orders-east', timeControl: true, metrics: true, replicaModifications: true }]),
  },
  mail: both(seen({ sender: 'batch@example.com', verified: true, sendingEnabled: true, productionAccess: true })),
  lastRehearsalAt: seen('2026-11-01T06:00:00.000Z'),
};

describe('a healthy deployment', () => {
  it('is found ok by every check', () => {
    const findings = diagnose(healthy, deployment);
    expect(findings.filter((finding) => finding.level !== 'ok')).toEqual([]);
    expect(new Set(findings.map((finding) => finding.check))).toEqual(new Set(checks.map((check) => check.name)));
  });
});

describe('results that a topic tells', () => {
  it('are fine when somebody has subscribed, whatever SES would say', () => {
    const topicArn = `arn:aws:sns:${east}:111122223333:batchctl-results`;
    const findings = diagnose({ ...healthy, mail: both(seen({ topicArn, confirmedSubscriptions: 2, pendingSubscriptions: 1 })) }, deployment);
    expect(findings.filter((finding) => finding.check === 'mail')).toMatchObject([{ level: 'ok', detail: 'batchctl-results has 2 subscribers' }, { level: 'ok' }]);
  });
});

describe('what would hurt at 3 a.m.', () => {
  const rule = { id: 'to-west', enabled: true, destinationBucket: 'orders-west', timeControl: true, metrics: true, replicaModifications: true };
  const mail = { sender: 'batch@example.com', verified: true, sendingEnabled: true, productionAccess: true };
  const topicArn = `arn:aws:sns:${west}:111122223333:batchctl-results`;
  const at = (minutes: number): string => new Date(Date.parse(now) + minutes * 60_000).toISOString();
  const cases: [string, Partial<DoctorFacts>, string, string, RegExp][] = [
    ['no credentials', { credentials: dark }, 'credentials', 'bad', /no credentials/],
    ['Identity Center', { credentials: seen({ kind: 'Identity Center', expiresAt: at(300) }) }, 'credentials', 'warn', /Identity Center/],
    ['credentials that expire in half an hour', { credentials: seen({ kind: 'session keys', expiresAt: at(30) }) }, 'credentials', 'warn', /in 30 min/],
    ['credentials that expire now', { credentials: seen({ kind: 'session keys', expiresAt: at(5) }) }, 'credentials', 'bad', /in 5 min/],
    ['the wrong account', { identities: { ...healthy.identities, [west]: seen({ account: '999999999999', arn: 'x' }) } }, 'credentials', 'bad', /999999999999/],
    ['credentials that AWS refuses', { identities: { ...healthy.identities, [west]: unknown('credentials refused (ExpiredToken: expired)', now, west, 'credentials') } }, 'credentials', 'bad', /AWS refuses them/],
    ['an STS endpoint that is silent', { identities: { ...healthy.identities, [west]: dark } }, 'credentials', 'unknown', /STS/],
    ['a session of the global STS endpoint', { credentials: seen({ kind: 'session keys', expiresAt: null }), accessPoint: unknown('service error (InternalError)', now, 'operator', 'service') }, 'credentials', 'bad', /access point: does not take this session|does not take this session \(service error/],
    ['an access point that fails for everybody', { accessPoint: unknown('service error (InternalError)', now, 'operator', 'service') }, 'credentials', 'unknown', /did not say/],
    ['a clock four minutes off', { clockSkewSeconds: seen(-241) }, 'clock', 'bad', /241 s behind/],
    ['a clock ten seconds off', { clockSkewSeconds: seen(10) }, 'clock', 'warn', /10 s ahead/],
    ['one ARC endpoint down', { arcEndpoints: { ...healthy.arcEndpoints, 'eu-west-1': dark } }, 'arc-endpoints', 'unknown', /did not answer/],
    ['three ARC endpoints down', { arcEndpoints: { ...healthy.arcEndpoints, 'eu-west-1': dark, 'us-east-1': dark, 'us-west-2': dark } }, 'arc-endpoints', 'bad', /2 of 5/],
    ['one control Region left', { mrapControlRegions: { 'us-east-1': seen(true), 'us-west-2': dark } }, 'mrap-control-regions', 'warn', /1 of 2/],
    ['no control Region', { mrapControlRegions: { 'us-east-1': dark, 'us-west-2': dark } }, 'mrap-control-regions', 'bad', /0 of 2/],
    ['a permission that is missing', { calls: { ...healthy.calls, [west]: [{ action: 'states:ListExecutions', answer: unknown('access denied', now, west), denied: true }] } }, 'permissions', 'bad', /states:ListExecutions is denied/],
    ['a Region that does not answer', { calls: { ...healthy.calls, [west]: [{ action: 'states:ListExecutions', answer: dark, denied: false }] } }, 'permissions', 'unknown', /no read could be tried/],
    ['a deployment file that is out of date', { descriptions: { ...healthy.descriptions, [west]: seen({ ...described, mrap: { ...described['mrap'] as object, alias: 'other.mrap' } }) } }, 'deployment-file', 'bad', /mrap\.alias/],
    ['two versions of the code', { versions: { [east]: seen('abc123'), [west]: seen('def456') } }, 'code-version', 'warn', /def456/],
    ['a file of another version', { versions: both(seen('def456')) }, 'code-version', 'warn', /the deployment file says abc123/],
    ['a smaller standby', { quotas: { [east]: seen({ 'Lambda concurrent executions': 1000 }), [west]: seen({ 'Lambda concurrent executions': 10 }) } }, 'quotas', 'bad', /us-west-2 has 10/],
    ['an alarm without an action', { alarms: both(seen([{ name: 'dead-letters', actionsEnabled: true, actions: 0 }])) }, 'alarms', 'bad', /tells nobody/],
    ['an alarm that is switched off', { alarms: both(seen([{ name: 'dead-letters', actionsEnabled: false, actions: 1 }])) }, 'alarms', 'bad', /switched off/],
    ['an alarm that is gone', { alarms: both(seen([])) }, 'alarms', 'bad', /does not exist/],
    ['no replication', { replication: { ...healthy.replication, [east]: seen([]) } }, 'replication', 'bad', /stays here/],
    ['a replication rule that is switched off', { replication: { ...healthy.replication, [east]: seen([{ ...rule, enabled: false }]) } }, 'replication', 'bad', /no enabled rule/],
    ['replication to a bucket of somebody else', { replication: { ...healthy.replication, [east]: seen([{ ...rule, destinationBucket: 'elsewhere' }]) } }, 'replication', 'bad', /orders-west/],
    ['replication without time control', { replication: { ...healthy.replication, [east]: seen([{ ...rule, timeControl: false }]) } }, 'replication', 'warn', /Time Control/],
    ['an unverified sender', { mail: { ...healthy.mail, [west]: seen({ ...mail, verified: false }) } }, 'mail', 'bad', /not verified/],
    ['an account in the sandbox of SES', { mail: { ...healthy.mail, [west]: seen({ ...mail, productionAccess: false }) } }, 'mail', 'warn', /verified addresses/],
    ['a topic of results that nobody reads', { mail: { ...healthy.mail, [west]: seen({ topicArn, confirmedSubscriptions: 0, pendingSubscriptions: 0 }) } }, 'mail', 'bad', /nobody has subscribed/],
    ['a subscription that nobody has confirmed', { mail: { ...healthy.mail, [west]: seen({ topicArn, confirmedSubscriptions: 0, pendingSubscriptions: 1 }) } }, 'mail', 'bad', /nobody has confirmed/],
    ['a drill long ago', { lastRehearsalAt: seen('2026-01-01T00:00:00.000Z') }, 'drill', 'warn', /324 days ago/],
    ['no drill at all', { lastRehearsalAt: seen(null) }, 'drill', 'warn', /never been moved/],
  ];
  it.each(cases)('%s', (_name, change, check, level, detail) => {
    const findings = diagnose({ ...healthy, ...change }, deployment).filter((finding) => finding.level !== 'ok');
    expect(findings.map((finding) => finding.check)).toContain(check);
    const found = findings.find((finding) => finding.check === check && finding.level === level && detail.test(finding.detail));
    expect(found, JSON.stringify(findings)).toBeDefined();
    expect(found?.fix).toMatch(/\w/);
    // One cause, one check: nothing else is blamed.
    expect(new Set(findings.map((finding) => finding.check))).toEqual(new Set([check]));
  });

  it('unknown is never ok: with nothing to be seen no check that looks says so', () => {
    const blind: DoctorFacts = {
      ...healthy, credentials: dark, identities: both(dark), clockSkewSeconds: dark, arcEndpoints: { 'us-east-1': dark }, mrapControlRegions: { 'us-east-1': dark }, accessPoint: dark, calls: both([{ action: 'a', answer: dark, denied: false }]),
      descriptions: both(dark), versions: both(dark), quotas: both(dark), alarms: both(dark), replication: both(dark), mail: both(dark), lastRehearsalAt: dark,
    };
    expect(diagnose(blind, deployment).filter((finding) => finding.level === 'ok').map((finding) => finding.check)).toEqual(['proxy', 'targets']);
  });

  it('a target shorter than the lease of the lock is pointed out', () => {
    const hasty: Deployment = { ...deployment, policy: { ...deployment.policy, rtoTargetSeconds: 30 } };
    expect(diagnose(healthy, hasty).find((finding) => finding.check === 'targets')).toMatchObject({ level: 'warn' });
  });
});
