import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { documentSchemas, publishedSchema, withoutDocument } from '../../src/cli/schemas/all.js';

const program = buildProgram(() => Promise.resolve(), '0.0.0');

function leaves(command: Command, path: string[] = []): string[] {
  return command.commands.length === 0 ? [path.join(' ')] : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** What the commands print is held against these schemas in every test that reads a document (test/e2e/operator.ts). */
describe('the schemas of documents', () => {
  it('are there for every command that prints one', () => {
    expect([...leaves(program), 'error', 'event'].sort()).toEqual([...documentSchemas.keys(), ...withoutDocument].sort());
  });

  it.each([...documentSchemas.keys()])('%s: is published as JSON Schema that other validators take, and allows members to be added', (name) => {
    const schema = publishedSchema(name);
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    const validate = new Ajv2020({ strict: false, formats: { 'date-time': true } }).compile(schema ?? {});
    expect(validate({})).toBe(false);
    expect(JSON.stringify(schema)).not.toContain('"additionalProperties":false');
  });
});
