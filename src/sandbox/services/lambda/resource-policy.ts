import type { PolicyStatement } from '../../service.js';

/**
 * Whether a function's resource policy lets an AWS service invoke it. Users and roles are IAM's matter; services have
 * only this. `sourceArn` is the rule, topic or bucket on whose behalf the service calls; when a caller does not tell it,
 * conditions on it are taken as met. Source: Lambda developer guide, "Resource-based policies".
 */
export function allowsService(policy: readonly PolicyStatement[], service: string, sourceArn: string | undefined): boolean {
  return policy.some((statement) => statement.Effect === 'Allow' && namesService(statement, service) && fromSource(statement, sourceArn));
}

function namesService(statement: PolicyStatement, service: string): boolean {
  if (statement.Principal === '*') return true;
  if (typeof statement.Principal !== 'object') return false;
  return [statement.Principal['Service'] ?? []].flat().includes(service);
}

function fromSource(statement: PolicyStatement, sourceArn: string | undefined): boolean {
  if (sourceArn === undefined) return true;
  const wanted = Object.values(statement.Condition ?? {}).map((keys) => Object.entries(keys).find(([key]) => key.toLowerCase() === 'aws:sourcearn')?.[1]);
  const patterns = wanted.flat().filter((pattern): pattern is string => typeof pattern === 'string');
  return patterns.length === 0 || patterns.some((pattern) => matchesWildcard(pattern, sourceArn));
}

function matchesWildcard(pattern: string, text: string): boolean {
  const source = pattern.split(/([*?])/).map((piece) => (piece === '*' ? '.*' : piece === '?' ? '.' : piece.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&'))).join('');
  return new RegExp(`^${source}$`).test(text);
}
