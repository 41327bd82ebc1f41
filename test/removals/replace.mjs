/** The text of a source file without one protection. `from` must stand in it exactly once. */
export function withoutProtection(text, { file, from, to }) {
  if (text.split(from).length !== 2) throw new Error(`this protection fits ${file} no more: these lines must occur once:\n${from}`);
  return text.replace(from, () => to);
}
