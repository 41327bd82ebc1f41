/** An element of an XML document: its text (entities decoded) or its children, as AWS's data-only XML has them. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const token = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>|<(\/?)([^\s/>]+)((?:"[^"]*"|'[^']*'|[^>"'])*?)(\/?)>|([^<]+)/g;

/**
 * Parses a document and returns its root; white space in text is kept, because object keys may begin with it.
 * Errors: SyntaxError on anything that is not one well-formed element.
 */
export function parseXml(document: string): XmlElement {
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open: XmlElement[] = [top];
  let consumed = 0;
  for (const match of document.matchAll(token)) {
    if (match.index !== consumed) break;
    consumed += match[0].length;
    const [, cdata, closing, name, attributes, selfClosing, text] = match;
    const current = open[open.length - 1] as XmlElement;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += decodeEntities(text);
    else if (name === undefined) continue;
    else if (closing) {
      if (open.length === 1 || current.name !== localName(name)) throw new SyntaxError(`unexpected </${name}>`);
      open.pop();
    } else {
      const element: XmlElement = { name: localName(name), attributes: readAttributes(attributes ?? ''), children: [], text: '' };
      current.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  const root = top.children[0];
  if (consumed !== document.length || open.length !== 1 || !root || top.children.length !== 1 || top.text.trim() !== '') throw new SyntaxError('the XML is not well-formed');
  return root;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n\u0085\u2028]/g, (character) => {
    switch (character) {
      case '&': return '&amp;';
      case '<': return '&lt;';
      case '>': return '&gt;';
      case '"': return '&quot;';
      default: return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
    }
  });
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single] of source.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes[name] = decodeEntities(double ?? single ?? '');
  }
  return attributes;
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, entity: string) => {
    if (/^#x/i.test(entity)) return String.fromCodePoint(parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return entities[entity] ?? whole;
  });
}

/** `xsi:type` is looked up as written; elements are known without their prefix. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
