// Builds what runs outside TypeScript: `node .ci/build.mjs [functions] [infra] [cli]` (nothing named: all).
import { build } from 'esbuild';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { buildCli } from './build-cli.mjs';
import { literalSchemaKeys } from './literal-schema-keys.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = new Set(process.argv.slice(2));
const wants = (name) => wanted.size === 0 || wanted.has(name);
const requireBanner = { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" };

const base = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  banner: requireBanner,
};

async function buildFunctions() {
  rmSync(path.join(root, 'dist/functions'), { recursive: true, force: true });
  const names = readdirSync(path.join(root, 'infra/functions')).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
  // All in one go: what they share, the SDK above all, is read and parsed once. None gets a piece of another.
  const { metafile } = await build({
    ...base,
    metafile: true,
    entryPoints: names.map((name) => ({ in: `infra/functions/${name}.ts`, out: `${name}/index` })),
    outdir: 'dist/functions',
    outExtension: { '.js': '.mjs' },
    minify: true,
    keepNames: true,
    plugins: [literalSchemaKeys],
  });
  return [metafile];
}

async function buildInfra() {
  await build({ ...base, entryPoints: ['infra/app.ts'], outfile: 'dist/infra/app.mjs', packages: 'external' });
}

/** Which packages each file that was made holds, for their notices and for the test of what a command loads. */
function noteContents(part, metafiles) {
  const packageOf = (input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  const contents = Object.fromEntries(metafiles.flatMap(({ outputs }) => Object.entries(outputs).map(([file, { inputs }]) => [
    path.relative('dist', file), [...new Set(Object.keys(inputs).flatMap((input) => packageOf(input)?.[0].slice(0, -1) ?? []))].sort(),
  ])));
  mkdirSync(path.join(root, 'dist/contents'), { recursive: true });
  writeFileSync(path.join(root, `dist/contents/${part}.json`), `${JSON.stringify(contents, null, 2)}\n`);
}

if (wants('functions')) noteContents('functions', await buildFunctions());
if (wants('infra')) await buildInfra();
if (wants('cli')) noteContents('cli', await buildCli(root, base));
