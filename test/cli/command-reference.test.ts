import { describe, expect, it } from 'vitest';
import { commandReference } from '../../src/cli/command-reference.js';
import { examplesOf } from '../../src/cli/commands/examples.js';
import { topics } from '../../src/cli/help/topics.js';
import { buildProgram } from '../../src/cli/program.js';
import type { Command } from 'commander';

const program = buildProgram(() => Promise.resolve(), '0.0.0');

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** Itself, and everything below it. */
function commands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commands)];
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '';
}

describe('the command reference', () => {
  it('is what src/cli/README.md says', async () => {
    await expect(`${commandReference(program)}\n`).toMatchFileSnapshot('../../src/cli/README.md');
  });

  it('names every command and every flag', () => {
    const text = commandReference(program);
    for (const command of leaves(program)) {
      expect(text).toMatch(new RegExp(`^#+ batchctl ${pathOf(command)}\\b`, 'm'));
      for (const option of command.options) expect(text).toContain(`\`${option.flags}\``);
    }
  });

  it('has an example for every command, and for those that only hold others', () => {
    expect(commands(program).filter((command) => examplesOf(command).length === 0).map(pathOf)).toEqual([]);
  });

  it('has examples that parse as what they show', () => {
    for (const command of leaves(program)) {
      for (const example of examplesOf(command)) {
        const words = example.split(/\s+\|\s+batchctl\s+|\s+>\s/)[example.includes('| batchctl') ? 1 : 0] ?? '';
        const own = example.startsWith('eval') ? pathOf(command) : words.replace(/^-d \S+ /, '');
        expect(own.startsWith(pathOf(command)), `${pathOf(command)}: ${example}`).toBe(true);
        for (const flag of own.match(/(?<= )--[a-z-]+/g) ?? []) expect([...command.options, ...program.options].map((option) => option.long)).toContain(flag);
      }
    }
  });

  it('has help topics for what the contract names', () => {
    expect(Object.keys(topics)).toEqual(expect.arrayContaining(['exit-codes', 'environment', 'output', 'concepts']));
  });
});
