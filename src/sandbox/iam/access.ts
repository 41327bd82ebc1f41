import type { PolicyDocument } from '../service.js';
import { allowsOf, type AccessRequest, type GrantKind } from './policy-evaluation.js';

/** One allowing part of a policy: one action of a statement on one of its resources. */
export interface Grant {
  /** Name of the role or user whose policy it is, or the ARN of the resource that it guards. */
  holder: string;
  /** Name of the policy; `resource` for one that guards a resource, `trust` for who may assume the role. */
  policy: string;
  /** Position of the statement in its document. */
  statement: number;
  action: string;
  resource: string;
}

/** A decision of IAM, for whoever wants to know which permissions are used and which are missed. */
export interface Access {
  /** ARN of the role or user, or `service:events.amazonaws.com`. */
  principal: string;
  action: string;
  resource: string;
  allowed: boolean;
  /** Everything that allows it: with several, no single one is needed for it. */
  grants: Grant[];
}

export interface NamedPolicy {
  holder: string;
  policy: string;
  document: PolicyDocument;
}

/** The parts of `policies` that allow the request, each by itself. */
export function grantsFor(policies: readonly NamedPolicy[], request: AccessRequest, kind: GrantKind): Grant[] {
  return policies.flatMap(({ holder, policy, document }) => allowsOf(document, request, kind).map((allow) => ({ holder, policy, ...allow })));
}
