import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withLiteralKeys } from '../../.ci/literal-schema-keys.mjs';

const packages = fileURLToPath(new URL('../../node_modules/@aws-sdk/', import.meta.url));
const schemasOf = (client: string): string => `${packages}${client}/dist-es/schemas/schemas_0.js`;
// One of them is too old to have schemas.
const clients = readdirSync(packages).filter((name) => name.startsWith('client-') && existsSync(schemasOf(name)));

/** What a schema file declares, with functions as what they give. */
function declaredBy(source: string): unknown {
  const body = source.replaceAll(/^import [^;]*;$/gm, '').replaceAll(/^export /gm, '');
  const names = Array.from(source.matchAll(/^export var (\S+) =/gm), ([, name]) => name);
  const known = Array.from(source.matchAll(/^import \{([^}]*)\}/gm), ([, imported = '']) => imported.split(',').map((name) => name.trim()).filter(Boolean)).flat();
  const declare = new Function(...known, `${body}\nreturn JSON.stringify({ ${names.join(', ')} }, (key, value) => typeof value === 'function' ? String(value) : value);`) as (...values: unknown[]) => string;
  class Anything {
    static for(): Anything { return new Anything(); }
    registerError(): void {}
  }
  return JSON.parse(declare(...known.map(() => Anything)));
}

it.each(clients)('says the same of %s without computed keys', (client) => {
  const source = readFileSync(schemasOf(client), 'utf8');
  const literal = withLiteralKeys(source);
  expect(literal).not.toMatch(/\[_\w+\]:/);
  expect(declaredBy(literal)).toEqual(declaredBy(source));
});

it('leaves a key alone that is no constant of the file', () => {
  expect(withLiteralKeys('const _h = "http";\nexport var A$ = [{ [_h]: 1, [other]: 2 }];')).toBe('const _h = "http";\nexport var A$ = [{ "http": 1, [other]: 2 }];');
});
