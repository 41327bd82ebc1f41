// Builds what runs outside TypeScript: `node .ci/build.mjs [functions] [infra] [cli]` (nothing named: all).
import { build } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

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

/** ink pulls in its developer tools by a static import; nobody debugs a terminal with them in production. */
const withoutDeveloperTools = {
  name: 'without-developer-tools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default { initialize() {}, connectToDevTools() {} }' }));
  },
};

async function buildFunctions() {
  rmSync(path.join(root, 'dist/functions'), { recursive: true, force: true });
  const names = readdirSync(path.join(root, 'infra/functions')).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
  await Promise.all(names.map((name) => build({
    ...base,
    entryPoints: [`infra/functions/${name}.ts`],
    outfile: `dist/functions/${name}/index.mjs`,
    minify: true,
    keepNames: true,
  })));
}

async function buildInfra() {
  await build({ ...base, entryPoints: ['infra/app.ts'], outfile: 'dist/infra/app.mjs', packages: 'external' });
}

async function buildCli() {
  rmSync(path.join(root, 'dist/cli'), { recursive: true, force: true });
  await build({
    ...base,
    entryPoints: { main: 'src/main.ts', 'sandbox-host': 'src/sandbox/host/main.ts', 'function-worker': 'src/sandbox/services/lambda/function-worker.ts' },
    outdir: 'dist/cli',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    // It starts threads from a file of its own, so it has to stay a package.
    external: ['piscina'],
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [withoutDeveloperTools],
  });
}

if (wants('functions')) await buildFunctions();
if (wants('infra')) await buildInfra();
if (wants('cli')) await buildCli();
