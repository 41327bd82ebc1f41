import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everything that is loaded before a command's own module is: followed through static imports only. */
async function loadedWith(entry: string): Promise<string[]> {
  const result = await build({ absWorkingDir: root, entryPoints: [entry], bundle: true, splitting: true, format: 'esm', platform: 'node', packages: 'external', write: false, metafile: true, outdir: 'out', logLevel: 'silent' });
  const outputs = result.metafile.outputs;
  const start = Object.keys(outputs).find((name) => outputs[name]?.entryPoint === entry) as string;
  const inputs = new Set<string>();
  const visit = (name: string): void => {
    const output = outputs[name];
    for (const input of Object.keys(output?.inputs ?? {})) inputs.add(input);
    for (const imported of output?.imports ?? []) {
      if (imported.kind !== 'import-statement') continue;
      if (imported.external) inputs.add(imported.path);
      else visit(imported.path);
    }
  };
  visit(start);
  return [...inputs].map((input) => input.split(path.sep).join('/'));
}

it('--version loads next to nothing', async () => {
  expect((await loadedWith('src/main.ts')).filter((name) => !name.startsWith('node:')).sort()).toEqual(['package.json', 'src/errors.ts', 'src/main.ts']);
});

it('--help loads the command tree, and neither the SDK nor zod, React or any command\'s work', async () => {
  const loaded = await loadedWith('src/cli/program.ts');
  expect(loaded).toContain('commander');
  expect(loaded).toContain('src/cli/commands/all.ts');
  for (const heavy of ['zod', 'react', 'ink', 'ajv', 'piscina']) expect(loaded).not.toContain(heavy);
  expect(loaded.filter((name) => name.startsWith('@aws-sdk/') || name.startsWith('@smithy/') || name.startsWith('src/cli/actions/') || name.startsWith('src/sandbox/') || name.startsWith('src/workflow/'))).toEqual([]);
});
