import { readTimestamp, timestampFormat, writeTimestamp } from './timestamps.js';
import { escapeXml, type XmlElement } from './xml-text.js';
import type { Shape } from './service-model.js';

/** An XML element as the SDK's commands spell its content. Source of the rules: the Smithy specification, "XML binding". */
export function readXml(shape: Shape, element: XmlElement): unknown {
  if (shape.isStructSchema()) return readXmlStructure(shape, element);
  if (shape.isListSchema()) return childrenNamed(element, itemName(shape)).map((child) => readXml(shape.getValueSchema(), child));
  if (shape.isMapSchema()) return readEntries(shape, childrenNamed(element, 'entry'));
  return readXmlScalar(shape, element.text);
}

/** The members of a structure, from an element that may hold more than them (a root with members bound elsewhere). */
export function readXmlStructure(shape: Shape, element: XmlElement): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const traits = member.getMergedTraits();
    const wireName = member.getMemberTraits().xmlName ?? name;
    if (traits.xmlAttribute) {
      if (element.attributes[wireName] !== undefined) result[name] = element.attributes[wireName];
      continue;
    }
    const found = childrenNamed(element, wireName);
    if (found.length === 0) continue;
    if (traits.xmlFlattened && member.isListSchema()) result[name] = found.map((child) => readXml(member.getValueSchema(), child));
    else if (traits.xmlFlattened && member.isMapSchema()) result[name] = readEntries(member, found);
    else result[name] = readXml(member, found[0] as XmlElement);
  }
  return result;
}

export function readXmlScalar(shape: Shape, text: string): unknown {
  if (shape.isNumericSchema()) return Number(text);
  if (shape.isBooleanSchema()) return text.trim() === 'true';
  if (shape.isTimestampSchema()) return readTimestamp(text.trim());
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  return text;
}

function readEntries(shape: Shape, entries: XmlElement[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const entry of entries) {
    const key = childrenNamed(entry, shape.getKeySchema().getMergedTraits().xmlName ?? 'key')[0];
    const value = childrenNamed(entry, shape.getValueSchema().getMergedTraits().xmlName ?? 'value')[0];
    if (key && value) result[key.text] = readXml(shape.getValueSchema(), value);
  }
  return result;
}

/** `<name>…</name>` of a value, or several of it for a flattened list; the empty string for a value that is not there. */
export function writeXml(name: string, shape: Shape, value: unknown, attributes = ''): string {
  if (value == null) return '';
  if (shape.isStructSchema()) return writeXmlStructure(name, shape, value as Record<string, unknown>, attributes);
  if (shape.isListSchema()) return writeList(name, shape, [...(value as Iterable<unknown>)]);
  if (shape.isMapSchema()) return writeMap(name, shape, value as Record<string, unknown>);
  return `<${name}${attributes}>${escapeXml(writeXmlScalar(shape, value))}</${name}>`;
}

function writeXmlStructure(name: string, shape: Shape, value: Record<string, unknown>, attributes: string): string {
  let inner = '';
  let own = attributes;
  for (const [memberName, member] of shape.structIterator()) {
    const wireName = member.getMemberTraits().xmlName ?? memberName;
    if (value[memberName] == null || isBoundToHttp(member)) continue;
    if (member.getMergedTraits().xmlAttribute) {
      const namespace = wireName.startsWith('xsi:') ? ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' : '';
      own += `${namespace} ${wireName}="${escapeXml(String(value[memberName]))}"`;
    } else inner += writeXml(wireName, member, value[memberName]);
  }
  return `<${name}${own}>${inner}</${name}>`;
}

function writeList(name: string, shape: Shape, items: unknown[]): string {
  const item = shape.getValueSchema();
  if (shape.getMergedTraits().xmlFlattened) return items.map((value) => writeXml(name, item, value)).join('');
  return `<${name}>${items.map((value) => writeXml(itemName(shape), item, value)).join('')}</${name}>`;
}

function writeMap(name: string, shape: Shape, value: Record<string, unknown>): string {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = shape.getValueSchema().getMergedTraits().xmlName ?? 'value';
  const entries = Object.entries(value).map(([key, item]) => `<${keyName}>${escapeXml(key)}</${keyName}>${writeXml(valueName, shape.getValueSchema(), item)}`);
  if (shape.getMergedTraits().xmlFlattened) return entries.map((entry) => `<${name}>${entry}</${name}>`).join('');
  return `<${name}>${entries.map((entry) => `<entry>${entry}</entry>`).join('')}</${name}>`;
}

function writeXmlScalar(shape: Shape, value: unknown): string {
  if (shape.isTimestampSchema()) return writeTimestamp(value instanceof Date ? value : new Date(value as number | string), timestampFormat(shape, 'date-time'));
  if (shape.isBlobSchema() || value instanceof Uint8Array) return Buffer.from(value as Uint8Array).toString('base64');
  return String(value);
}

function isBoundToHttp(member: Shape): boolean {
  const { httpHeader, httpQuery, httpPrefixHeaders, httpResponseCode } = member.getMergedTraits();
  return Boolean(httpHeader ?? httpQuery ?? httpPrefixHeaders ?? httpResponseCode);
}

function itemName(list: Shape): string {
  return list.getValueSchema().getMergedTraits().xmlName ?? 'member';
}

function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
