import { AwsError } from '../service.js';
import { NoAnswer } from '../world.js';
import type { CatalogEntry } from './catalog.js';
import type { SignatureClaim } from './credential-scope.js';
import { arcRegions, mrapControlRegions, parseDomain } from './domains.js';
import type { Received } from './received.js';
import { refusal } from './refusals.js';
import { isAccessPointHost } from './s3-addressing.js';

export interface Placement {
  /** Where the request stands, also when it came in through `any`. */
  domain: string;
  /** The Region that serves it; `*` for the data plane of Multi-Region Access Points. */
  region: string;
}

/** Services whose one endpoint without a Region lies in us-east-1. */
const globalServices = new Set(['iam', 'route53', 'cloudfront']);

/**
 * Finds the domain and Region of a request, and checks that the signature was made for them. Errors: NoAnswer for a
 * Region that this world does not have; the protocol's refusal for a signature made for another Region.
 */
export function placeRequest(domain: string, entry: CatalogEntry | undefined, claim: SignatureClaim | undefined, received: Received, domains: ReadonlySet<string>): Placement {
  const placed = parseDomain(domain).kind === 'any' ? domainOfClaim(entry, claim, received) : domain;
  if (!domains.has(placed)) throw new NoAnswer('refused');
  const { kind, region } = parseDomain(placed);
  if (kind === 'mrap') {
    checkMultiRegionSignature(claim);
    return { domain: placed, region: '*' };
  }
  checkRegion(entry, claim, region);
  return { domain: placed, region };
}

function domainOfClaim(entry: CatalogEntry | undefined, claim: SignatureClaim | undefined, received: Received): string {
  if (isAccessPointHost(received.host)) return 'mrap';
  const region = entry?.globalIn ?? claim?.region ?? 'us-east-1';
  if (entry?.service === 'route53-recovery-cluster' && includes(arcRegions, region)) return `arc:${region}`;
  if (entry?.service === 's3-control' && includes(mrapControlRegions, region)) return `mrap-control:${region}`;
  return `region:${region}`;
}

/** Requests through a Multi-Region Access Point must be signed for all Regions. Source: Amazon S3 User Guide. */
function checkMultiRegionSignature(claim: SignatureClaim | undefined): void {
  if (!claim || claim.algorithm === 'AWS4-ECDSA-P256-SHA256') return;
  if (claim.presigned) throw new AwsError('AuthorizationQueryParametersError', `Error parsing the X-Amz-Credential parameter; the region '${claim.region}' is wrong; expecting '*'`);
  throw refusal('wrong-region', 's3', `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '*'`);
}

function checkRegion(entry: CatalogEntry | undefined, claim: SignatureClaim | undefined, region: string): void {
  if (!claim || !entry || claim.region === region || globalServices.has(entry.service)) return;
  const set = claim.region.split(',');
  if (claim.algorithm === 'AWS4-ECDSA-P256-SHA256' && (set.includes('*') || set.includes(region))) return;
  const style = entry.protocol.errorStyle;
  if (style !== 's3') throw refusal('wrong-region', style, `Credential should be scoped to a valid region. The signature was made for ${claim.region}, the endpoint is in ${region}.`);
  const message = `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${region}'`;
  throw new AwsError(claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message, { members: { Region: region } });
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes(value);
}
