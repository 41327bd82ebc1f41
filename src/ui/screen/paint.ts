import type { Theme } from '../theme.js';
import { cutLine, type Line } from './model/spans.js';

/** A row as the terminal gets it: cut to `columns`, coloured by the theme, without trailing spaces. */
export function paintLine(row: Line, theme: Theme, columns: number): string {
  const parts = [...cutLine(row, columns)];
  for (let last = parts.at(-1); last && last.text.trimEnd() === ''; last = parts.at(-1)) parts.pop();
  return parts.map((part, index) => {
    const text = index === parts.length - 1 ? part.text.trimEnd() : part.text;
    return part.tone === 'plain' ? text : theme[part.tone](text);
  }).join('');
}
