import type { Plugin } from 'esbuild';

export const literalSchemaKeys: Plugin;
/** The same schemas, with the text of each constant in the place of a computed key. */
export function withLiteralKeys(source: string): string;
