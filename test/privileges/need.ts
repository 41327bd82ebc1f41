import type { WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import type { Access, Grant } from '../../src/sandbox/iam/access.js';
import type { IdentityState } from '../../src/sandbox/iam/identities.js';
import type { PolicyDocument } from '../../src/sandbox/service.js';

/** Something that could be taken out of a policy by itself: an action of a statement, or one of its resources. */
export interface Part {
  holder: string;
  policy: string;
  statement: number;
  what: 'action' | 'resource';
  value: string;
}

export function partId({ holder, policy, statement, what, value }: Part): string {
  return `${holder} | ${policy} | ${statement} | ${what} ${value}`;
}

function statementId({ holder, policy, statement }: Pick<Part, 'holder' | 'policy' | 'statement'>): string {
  return [holder, policy, statement].join(' | ');
}

/** Every action of every statement, and every resource of a statement that names several. */
export function partsOf(granted: readonly Grant[]): Part[] {
  const resources = new Map<string, Set<string>>();
  for (const grant of granted) resources.set(statementId(grant), (resources.get(statementId(grant)) ?? new Set()).add(grant.resource));
  const parts = new Map<string, Part>();
  for (const grant of granted) {
    const { holder, policy, statement } = grant;
    const several = (resources.get(statementId(grant))?.size ?? 0) > 1;
    for (const part of [
      { holder, policy, statement, what: 'action' as const, value: grant.action },
      ...(several ? [{ holder, policy, statement, what: 'resource' as const, value: grant.resource }] : []),
    ]) parts.set(partId(part), part);
  }
  return [...parts.values()];
}

/**
 * The parts without which some call that was seen would have been refused: those that are in everything that allowed it.
 * Taking any other part away would change nothing that happened.
 */
export function neededParts(seen: readonly Access[]): Set<string> {
  const needed = new Set<string>();
  for (const { allowed, grants } of seen) {
    const [first, ...others] = grants;
    if (!allowed || !first) continue;
    for (const what of ['action', 'resource'] as const) {
      const same = others.every((other) => statementId(other) === statementId(first) && other[what] === first[what]);
      if (same) needed.add(partId({ ...first, what, value: first[what] }));
    }
  }
  return needed;
}

/**
 * The same grant in words that hold in every world and on either side of the pair: both Regions' stacks are made by the
 * same code, so what one of them needs the other needs too. People's two policies are the same whichever role has them.
 */
export function commonName(grant: Grant, pair: readonly [string, string], people: readonly string[]): Grant {
  const mirrored = grant.holder.includes(pair[1]);
  const said = (text: string): string => {
    const settled = text.replace(/-[0-9a-f]{12}$/, '').replace(/accesspoint\/[a-z0-9]+\.mrap/, 'accesspoint/ALIAS.mrap');
    return mirrored ? settled.replaceAll(pair[1], '<pair>').replaceAll(pair[0], pair[1]).replaceAll('<pair>', pair[0]) : settled;
  };
  return { ...grant, holder: people.includes(grant.policy) ? 'people' : said(grant.holder), resource: said(grant.resource) };
}

/** Takes a part out of a role's policy in a saved world. */
export function without(part: Part, snapshot: WorldSnapshot): void {
  const { identities: { roles, policies } } = snapshot.services['iam'] as { identities: IdentityState };
  const role = roles[part.holder];
  const managed = Object.values(policies).find(({ name }) => name === part.policy);
  const document: PolicyDocument | undefined = role?.inline[part.policy] ?? managed?.document;
  const statement = document && [document.Statement].flat()[part.statement];
  if (!statement) throw new Error(`there is no ${partId(part)}`);
  const member = part.what === 'action' ? 'Action' : 'Resource';
  const left = [statement[member] ?? []].flat().filter((value) => value !== part.value);
  // A statement must keep an action and a resource; these are nobody's.
  statement[member] = left.length > 0 ? left : part.what === 'action' ? ['none:Nothing'] : ['arn:aws:none:::nothing'];
}
