import type { Replacement } from './all.mjs';
export function withoutProtection(text: string, replacement: Replacement): string;
