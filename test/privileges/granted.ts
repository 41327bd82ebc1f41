import type { WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import type { Grant } from '../../src/sandbox/iam/access.js';
import type { IdentityState } from '../../src/sandbox/iam/identities.js';
import type { PolicyDocument, PolicyStatement } from '../../src/sandbox/service.js';

/** Everything that the deployed policies allow: of roles, of whom roles trust, and of functions, queues and topics. */
export function everyGrant(snapshot: WorldSnapshot): Grant[] {
  const { identities } = snapshot.services['iam'] as { identities: IdentityState };
  return [...ofRoles(identities), ...ofResources(snapshot)];
}

function ofRoles({ roles, policies }: IdentityState): Grant[] {
  return Object.values(roles).flatMap((role) => [
    ...Object.entries(role.inline).flatMap(([policy, document]) => grantsIn(role.name, policy, document)),
    ...role.attached.flatMap((arn) => (policies[arn] ? grantsIn(role.name, policies[arn].name, policies[arn].document) : [])),
    ...grantsIn(role.name, 'trust', role.trust),
  ]);
}

function ofResources({ services }: WorldSnapshot): Grant[] {
  const lambda = services['lambda'] as { registry: { policies: Record<string, PolicyStatement[]> } };
  const queues = services['sqs'] as { attributes: { Policy?: string } }[];
  const { topics } = services['sns'] as { topics: { attributes: { Policy?: string } }[] };
  return [
    ...Object.entries(lambda.registry.policies).flatMap(([arn, Statement]) => grantsIn(arn, 'resource', { Statement })),
    ...[...queues, ...topics].flatMap(({ attributes }) => (attributes.Policy === undefined ? [] : guarding(JSON.parse(attributes.Policy) as PolicyDocument))),
  ];
}

/** A queue's or topic's own policy names what it guards. */
function guarding(document: PolicyDocument): Grant[] {
  return listed(document.Statement).flatMap((statement, index) => (statement.Effect === 'Allow' ? listed(statement.Resource).flatMap((resource) =>
    listed(statement.Action).map((action) => ({ holder: resource, policy: 'resource', statement: index, action, resource }))) : []));
}

function grantsIn(holder: string, policy: string, document: PolicyDocument): Grant[] {
  return listed(document.Statement).flatMap((statement, index) => (statement.Effect === 'Allow' ? listed(statement.Action).flatMap((action) =>
    (statement.Resource === undefined ? [''] : listed(statement.Resource)).map((resource) => ({ holder, policy, statement: index, action, resource }))) : []));
}

function listed<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
