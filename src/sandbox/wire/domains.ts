/**
 * Failure domains: what can be cut off by itself, each with a listener of its own on loopback. A domain's name is
 * `region:R`, `arc:R`, `mrap-control:R`, `mrap` or `any`.
 */

/** The Regions with an endpoint of every ARC cluster. Source: AWS General Reference, "Amazon Application Recovery Controller". */
export const arcRegions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'] as const;

/** The Regions whose S3 Control endpoints take Multi-Region Access Point routes. Source: the S3 Control API model. */
export const mrapControlRegions = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'ap-northeast-1', 'eu-west-1'] as const;

/** Where the control planes of global services live: IAM, Route 53 and STS's old endpoint; ARC and MRAP configuration. */
const controlPlaneRegions = ['us-east-1', 'us-west-2'] as const;

export type DomainKind = 'region' | 'arc' | 'mrap-control' | 'mrap' | 'any';

export function domainsOf(regions: readonly string[]): string[] {
  const used = [...new Set([...regions, ...controlPlaneRegions])];
  return [
    ...arcRegions.map((region) => `arc:${region}`),
    ...mrapControlRegions.map((region) => `mrap-control:${region}`),
    'mrap',
    ...used.map((region) => `region:${region}`),
    'any',
  ];
}

export function parseDomain(domain: string): { kind: DomainKind; region: string } {
  const colon = domain.indexOf(':');
  return colon < 0 ? { kind: domain as DomainKind, region: '' } : { kind: domain.slice(0, colon) as DomainKind, region: domain.slice(colon + 1) };
}

export interface ConnectToRule {
  /** Source of a regular expression over the host name. */
  host: string;
  domain: string;
}

const suffix = 'amazonaws\\.com(?:\\.cn)?$';

/**
 * The table that redirects AWS's host names to listeners; the first match wins. `any` has no rule, because it is for
 * clients that are given an endpoint instead.
 */
export function connectToRules(domains: readonly string[]): ConnectToRule[] {
  const rules = domains.flatMap((domain) => rulesOf(domain));
  // What is special must be asked before the Region that it lies in.
  return rules.sort((one, other) => Number(one.domain.startsWith('region:')) - Number(other.domain.startsWith('region:')));
}

function rulesOf(domain: string): ConnectToRule[] {
  const { kind, region } = parseDomain(domain);
  switch (kind) {
    case 'arc': return [{ domain, host: `^[^.]+\\.route53-recovery-cluster\\.${region}\\.${suffix}` }];
    case 'mrap-control': return [{ domain, host: `(?:^|\\.)s3-control(?:-fips)?(?:\\.dualstack)?\\.${region}\\.${suffix}` }];
    case 'mrap': return [{ domain, host: `\\.accesspoint\\.s3-global\\.${suffix}` }];
    case 'region': return [
      { domain, host: `(?:^|\\.)${region}\\.(?:${suffix}|api\\.aws$)` },
      // Names without a Region belong to us-east-1.
      ...(region === 'us-east-1' ? [{ domain, host: `^(?:(?:.+\\.)?s3|iam|sts|route53|queue|email)\\.${suffix}` }] : []),
    ];
    case 'any': return [];
  }
}

const regionName = '[a-z]{2}(?:-[a-z]+)+-\\d';
const anyRegionRules = connectToRules(['arc', 'mrap-control', 'region'].map((kind) => `${kind}:(${regionName})`).concat('mrap', 'region:us-east-1'))
  .map((rule) => ({ pattern: new RegExp(rule.host), kind: parseDomain(rule.domain).kind, domain: rule.domain }));

/** The failure domain that answers under an AWS host name; undefined for hosts that are none of AWS's. */
export function domainOfHost(host: string): string | undefined {
  for (const { pattern, kind, domain } of anyRegionRules) {
    const match = pattern.exec(host.toLowerCase());
    if (!match) continue;
    if (kind === 'mrap') return 'mrap';
    const region = match[1] ?? parseDomain(domain).region;
    if (kind === 'mrap-control' && !(mrapControlRegions as readonly string[]).includes(region)) return `region:${region}`;
    return `${kind}:${region}`;
  }
  return undefined;
}
