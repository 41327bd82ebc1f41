import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/** What the ledger stores: JSON values. `undefined` members are left out, as JSON leaves them out. */
export type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain | undefined };

export function encode(value: Plain): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(encode) };
  return { M: encodeMembers(value) };
}

export function encodeMembers(members: { [name: string]: Plain | undefined }): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) attributes[name] = encode(value);
  }
  return attributes;
}

/** @throws when the attribute is of a type that the ledger never writes (a set, binary). */
export function decode(attribute: AttributeValue): Plain {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(decode);
  if (attribute.M !== undefined) return decodeMembers(attribute.M);
  throw new Error(`the ledger holds an attribute of an unexpected type (${Object.keys(attribute).join(', ')})`);
}

export function decodeMembers(attributes: Attributes): { [name: string]: Plain } {
  const members: { [name: string]: Plain } = {};
  for (const [name, attribute] of Object.entries(attributes)) members[name] = decode(attribute);
  return members;
}

/** Equal as JSON, whatever the order of members. */
export function samePlain(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
