import { readFile } from 'node:fs/promises';

/**
 * For esbuild: the SDK's schemas name the keys of their objects by constants, `{ [_hH]: … }`, which esbuild must take for
 * something with an effect. So it keeps the schema of every operation of a service, used or not. With the constants' text
 * in their place it drops what nobody uses: a third of the largest file that `status` loads, and a tenth of most functions.
 */
export const literalSchemaKeys = {
  name: 'literal-schema-keys',
  setup(build) {
    build.onLoad({ filter: /[\\/]dist-es[\\/].*[\\/]?schemas[\\/]schemas_\d+\.js$/ }, async ({ path: file }) => ({ contents: withLiteralKeys(await readFile(file, 'utf8')), loader: 'js' }));
  },
};

export function withLiteralKeys(source) {
  const constants = new Map(Array.from(source.matchAll(/^const (\w+) = ("(?:[^"\\]|\\.)*");$/gm), ([, name, text]) => [name, text]));
  return source.replaceAll(/\[(\w+)\]:/g, (key, name) => (constants.has(name) ? `${constants.get(name)}:` : key));
}
