import { describe, expect, it } from 'vitest';
import { arcRegions, connectToRules, domainOfHost, domainsOf } from '../../../src/sandbox/wire/domains.js';

const cases: [host: string, domain: string][] = [
  ['dynamodb.us-east-1.amazonaws.com', 'region:us-east-1'],
  ['111122223333.ddb.us-west-2.amazonaws.com', 'region:us-west-2'],
  ['in-east.s3.us-east-1.amazonaws.com', 'region:us-east-1'],
  ['s3.us-west-2.amazonaws.com', 'region:us-west-2'],
  ['email.us-west-2.amazonaws.com', 'region:us-west-2'],
  ['states.us-west-2.api.aws', 'region:us-west-2'],
  ['bucket.with.dots.s3.amazonaws.com', 'region:us-east-1'],
  ['iam.amazonaws.com', 'region:us-east-1'],
  ['sts.amazonaws.com', 'region:us-east-1'],
  ['route53-recovery-control-config.us-west-2.amazonaws.com', 'region:us-west-2'],
  ['0a1b2c3d.route53-recovery-cluster.eu-west-1.amazonaws.com', 'arc:eu-west-1'],
  ['111122223333.s3-control.ap-southeast-2.amazonaws.com', 'mrap-control:ap-southeast-2'],
  ['111122223333.s3-control.us-east-2.amazonaws.com', 'region:us-east-2'],
  ['mfzwi23gnjvgw.accesspoint.s3-global.amazonaws.com', 'mrap'],
  ['mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com', 'mrap'],
];

describe('failure domains', () => {
  it.each(cases)('%s is %s', (host, domain) => {
    expect(domainOfHost(host)).toBe(domain);
  });

  it.each(cases)('the connect-to table sends %s to %s', (host, domain) => {
    const rules = connectToRules(domainsOf(['us-east-1', 'us-east-2', 'us-west-2']));
    expect(rules.find((rule) => new RegExp(rule.host).test(host))?.domain).toBe(domain);
  });

  it.each(['example.com', 'amazonaws.com.example.com', 'localhost', 'us-east-1.amazonaws.com.evil.example'])('%s is none', (host) => {
    expect(domainOfHost(host)).toBeUndefined();
    expect(connectToRules(domainsOf(['us-east-1'])).some((rule) => new RegExp(rule.host).test(host))).toBe(false);
  });

  it('counts five ARC endpoints and the Regions of the control planes', () => {
    const domains = domainsOf(['eu-west-1', 'eu-central-1']);
    expect(domains.filter((domain) => domain.startsWith('arc:'))).toHaveLength(arcRegions.length);
    expect(domains).toEqual(expect.arrayContaining(['region:eu-west-1', 'region:eu-central-1', 'region:us-east-1', 'region:us-west-2', 'mrap', 'any']));
    expect(new Set(domains).size).toBe(domains.length);
  });
});
