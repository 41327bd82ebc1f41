import type { PolicyDocument, PolicyStatement } from '../service.js';
import { conditionsHold, matchesPattern, type RequestContext } from './policy-conditions.js';

export interface AccessRequest {
  action: string;
  resource: string;
  /** The role's or user's ARN. */
  principalArn: string;
  account: string;
  context: RequestContext;
}

export interface ApplicablePolicies {
  identity: readonly PolicyDocument[];
  /** Absent when none is set; when set, nothing outside it is allowed to the identity. */
  boundary?: PolicyDocument;
  resource?: PolicyDocument;
}

export type Decision =
  | { allowed: true }
  | { allowed: false; explicit: boolean; kind: 'identity-based policy' | 'resource-based policy' | 'permissions boundary' };

/** How a document names whom it speaks for: not at all, by identities, or (for an AWS service) by the service. */
export type GrantKind = 'identity' | 'resource' | 'service';

type Verdict = 'allow' | 'deny' | 'none';

/**
 * Decides one request within one account: any explicit deny refuses; otherwise an identity policy (inside the
 * boundary) or the resource's policy must allow. Source: IAM User Guide, "Policy evaluation logic".
 */
export function decide(policies: ApplicablePolicies, request: AccessRequest): Decision {
  const identity = strongest(policies.identity.map((document) => verdictOf(document, request, matchesAnyPrincipal)));
  const resource = policies.resource ? verdictOf(policies.resource, request, statementNames) : 'none';
  const boundary = policies.boundary ? verdictOf(policies.boundary, request, matchesAnyPrincipal) : 'allow';
  if (identity === 'deny') return { allowed: false, explicit: true, kind: 'identity-based policy' };
  if (resource === 'deny') return { allowed: false, explicit: true, kind: 'resource-based policy' };
  if (boundary === 'deny') return { allowed: false, explicit: true, kind: 'permissions boundary' };
  if (resource === 'allow') return { allowed: true };
  if (identity !== 'allow') return { allowed: false, explicit: false, kind: 'identity-based policy' };
  return boundary === 'allow' ? { allowed: true } : { allowed: false, explicit: false, kind: 'permissions boundary' };
}

/** Whether a role's trust policy lets the principal assume it. The account's root stands for every identity in it. */
export function trusts(trustPolicy: PolicyDocument, request: AccessRequest): boolean {
  return verdictOf(trustPolicy, request, (statement, asked) => names(statement.Principal, asked, true)) === 'allow';
}

/** Whether a trust policy lets an AWS service, such as `lambda.amazonaws.com`, assume the role. */
export function trustsService(trustPolicy: PolicyDocument, service: string): boolean {
  return statementsOf(trustPolicy).some((statement) => {
    const principal = statement.Principal;
    const services = principal === undefined || principal === '*' ? [] : asList(principal['Service']);
    return statement.Effect === 'Allow' && asList(statement.Action).includes('sts:AssumeRole') && services.includes(service);
  });
}

export function statementsOf(document: PolicyDocument): PolicyStatement[] {
  return Array.isArray(document.Statement) ? document.Statement : [document.Statement];
}

/** The pairs of an action and a resource by which statements of `document` allow the request, whatever another denies. */
export function allowsOf(document: PolicyDocument, request: AccessRequest, kind: GrantKind): { statement: number; action: string; resource: string }[] {
  const named = { identity: matchesAnyPrincipal, resource: statementNames, service: namesService }[kind];
  return statementsOf(document).flatMap((each, statement) => {
    if (each.Effect !== 'Allow' || !named(each, request)) return [];
    const allows = (Action: string, Resource: string | undefined): boolean => applies({ ...each, Action, ...(Resource === undefined ? {} : { Resource }) }, request);
    const resources = each.Resource === undefined ? [undefined] : asList(each.Resource);
    return asList(each.Action).flatMap((action) => resources.filter((resource) => allows(action, resource)).map((resource) => ({ statement, action, resource: resource ?? '' })));
  });
}

/** Whether a resource's policy lets an AWS service act on it, which is all that a service can have. */
export function decideForService(policy: PolicyDocument, request: AccessRequest): boolean {
  return verdictOf(policy, request, namesService) === 'allow';
}

type PrincipalTest = (statement: PolicyStatement, request: AccessRequest) => boolean;

function verdictOf(document: PolicyDocument, request: AccessRequest, principalMatches: PrincipalTest): Verdict {
  const matching = statementsOf(document).filter((statement) => principalMatches(statement, request) && applies(statement, request));
  return strongest(matching.map((statement) => (statement.Effect === 'Deny' ? 'deny' : 'allow')));
}

function strongest(verdicts: Verdict[]): Verdict {
  if (verdicts.includes('deny')) return 'deny';
  return verdicts.includes('allow') ? 'allow' : 'none';
}

function applies(statement: PolicyStatement, request: AccessRequest): boolean {
  const expand = (text: string): string | undefined => expandVariables(text, request.context);
  const actionMatches = (pattern: string): boolean => matchesPattern(pattern, request.action, true);
  const resourceMatches = (pattern: string): boolean => {
    const expanded = expand(pattern);
    return expanded !== undefined && matchesPattern(expanded, request.resource);
  };
  if (statement.Action !== undefined && !asList(statement.Action).some(actionMatches)) return false;
  if (statement.NotAction !== undefined && asList(statement.NotAction).some(actionMatches)) return false;
  if (statement.Resource !== undefined && !asList(statement.Resource).some(resourceMatches)) return false;
  if (statement.NotResource !== undefined && asList(statement.NotResource).some(resourceMatches)) return false;
  return conditionsHold(statement.Condition, request.context, expand);
}

const matchesAnyPrincipal: PrincipalTest = () => true;

/** Source: IAM User Guide, "AWS JSON policy elements: Principal", AWS services. */
const namesService: PrincipalTest = ({ Principal: principal }, { principalArn }) => {
  if (principal === undefined || principal === '*') return principal === '*';
  return asList(principal['AWS']).includes('*') || asList(principal['Service']).some((name) => principalArn === `service:${name}`);
};

/**
 * In a resource's policy, an Allow to the account only hands the decision to the account's own policies, while a Deny to
 * it strikes every identity in it. Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
const statementNames: PrincipalTest = (statement, request) => {
  if (statement.NotPrincipal !== undefined) return !names(statement.NotPrincipal, request, true);
  return names(statement.Principal, request, statement.Effect === 'Deny');
};

function names(principal: PolicyStatement['Principal'], request: AccessRequest, rootMeansEveryone: boolean): boolean {
  if (principal === undefined) return false;
  if (principal === '*') return true;
  return asList(principal['AWS']).some((name) => {
    if (name === '*' || name === request.principalArn) return true;
    const isAccount = name === request.account || /^arn:[\w-]+:iam::(\d+):root$/.exec(name)?.[1] === request.account;
    return isAccount && rootMeansEveryone;
  });
}

/** `${aws:username}` and the like; a variable with no value makes its statement not match, so undefined. */
function expandVariables(text: string, context: RequestContext): string | undefined {
  let missing = false;
  const expanded = text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    if (/^[*?$]$/.test(name)) return name;
    const value = context.get(name.toLowerCase())?.[0];
    missing ||= value === undefined;
    return value ?? '';
  });
  return missing ? undefined : expanded;
}

function asList(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
