/**
 * Text that came from outside (keys, error messages, file contents) may hold escape sequences that repaint or retitle an
 * operator's terminal, or bidirectional overrides that make one name look like another. They are shown, not obeyed.
 */
// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// eslint-disable-next-line no-control-regex
const unsafeOnOneLine = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Safe for one line of a terminal: line breaks and tabs are shown as escapes too. */
export function printable(text: string): string {
  return text.replace(unsafeOnOneLine, visible);
}

/** Safe for a terminal, keeping line breaks and tabs. */
export function printableLines(text: string): string {
  return text.replace(unsafe, visible);
}

/** JSON with nothing in it that a terminal obeys: the same value, spelled with escapes. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, unicodeEscape);
}

function visible(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
