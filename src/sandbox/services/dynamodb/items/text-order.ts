/**
 * Compares as DynamoDB sorts strings: by the bytes of UTF-8. JavaScript compares UTF-16 code units, which puts
 * characters outside the basic plane (surrogates, 0xD800–0xDFFF) before the last ones inside it.
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const first = left.charCodeAt(index);
    const second = right.charCodeAt(index);
    if (first === second) continue;
    return first >= 0xd800 && second >= 0xd800 ? byteRank(first) - byteRank(second) : first - second;
  }
  return left.length - right.length;
}

/** The next text in the order: nothing lies between `text` and this. */
export function successor(text: string): string {
  return `${text}\u0000`;
}

/** A text after everything that begins with `prefix`, for keys of at most 1,024 bytes. */
export function afterPrefix(prefix: string): string {
  return prefix + '\u{10FFFF}'.repeat(257);
}

function byteRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
