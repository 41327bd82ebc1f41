// Builds dist/cli: the command line as CommonJS files that share code (Node starts those faster, and V8 can keep what it
// compiled of them), its live screens and the sandbox's processes as ES modules.
import { createHash } from 'node:crypto';
import { build, transform } from 'esbuild';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { literalSchemaKeys } from './literal-schema-keys.mjs';
import { withoutDeveloperTools } from './without-developer-tools.mjs';

/** Commander can run a command as another program, which needs what starts programs. None of ours is one. */
const commanderStartsNoPrograms = {
  name: 'commander-starts-no-programs',
  setup(build) {
    build.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const expected = "const childProcess = require('node:child_process');";
      if (!source.includes(expected)) throw new Error('commander loads node:child_process in another way than it did: see .ci/build-cli.mjs');
      return { contents: source.replace(expected, "const childProcess = { get spawn() { return require('node:child_process').spawn; } };"), loader: 'js' };
    });
  },
};

const screens = ['live-screen', 'operation-live'];

/** The layout engine of ink awaits while it is loaded, which only an ES module can; so the screens are a bundle of their own. */
const screensApart = {
  name: 'screens-apart',
  setup(build) {
    build.onResolve({ filter: new RegExp(`/screen/(${screens.join('|')})\\.js$`) }, ({ path: file, kind }) => (
      kind === 'dynamic-import' ? { path: `./screen-${path.basename(file, '.js')}.mjs`, external: true } : undefined));
  },
};

export async function buildCli(root, base) {
  const directory = path.join(root, 'dist/cli');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const options = { ...base, absWorkingDir: root, bundle: true, metafile: true, define: { 'process.env.NODE_ENV': '"production"' } };
  const commands = await buildCommands(directory, options);
  const [launcher, live, processes] = await Promise.all([
    build({ ...options, banner: {}, format: 'cjs', entryPoints: ['src/launch/launch.ts'], outfile: `${directory}/launch.cjs`, define: { ...options.define, BUILD_ID: JSON.stringify(commands.buildId) } }),
    buildScreens(directory, options),
    buildProcesses(directory, options),
  ]);
  return [commands, launcher, live, processes].map(({ metafile }) => metafile);
}

/** Split as ES modules, which esbuild can, and then each file by itself turned into CommonJS, which it cannot split. */
async function buildCommands(directory, options) {
  const compact = { minifyWhitespace: true, minifySyntax: true, charset: 'ascii' };
  const { outputFiles, metafile } = await build({
    ...options,
    ...compact,
    banner: {},
    entryPoints: { main: 'src/main.ts' },
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    splitting: true,
    write: false,
    // The loader names these when it runs a file (src/launch/load.ts).
    define: { ...options.define, 'import.meta.url': 'moduleUrl' },
    plugins: [literalSchemaKeys, commanderStartsNoPrograms, withoutDeveloperTools, screensApart],
  });
  const digest = createHash('sha256');
  for (const { path: file, text } of outputFiles.sort((left, right) => (left.path < right.path ? -1 : 1))) {
    const apart = text.replaceAll(/\bimport\(("\.\/screen-[a-z-]+\.mjs")\)/g, 'importModule($1)');
    const { code } = await transform(apart, { ...compact, format: 'cjs', platform: 'node', target: options.target, supported: { 'dynamic-import': false } });
    digest.update(path.basename(file)).update(code);
    writeFileSync(file, code);
  }
  return { metafile, buildId: digest.digest('hex').slice(0, 16) };
}

function buildScreens(directory, options) {
  return build({
    ...options,
    entryPoints: Object.fromEntries(screens.map((name) => [`screen-${name}`, `src/ui/screen/${name}.ts`])),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'screen-[hash]',
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [literalSchemaKeys, withoutDeveloperTools],
  });
}

/** The sandbox's host, the inside of its functions' threads, and what its pool of threads starts each of them with. */
function buildProcesses(directory, options) {
  return build({
    ...options,
    entryPoints: {
      'sandbox-host': 'src/sandbox/host/main.ts',
      'function-worker': 'src/sandbox/services/lambda/function-worker.ts',
      worker: 'node_modules/piscina/dist/worker.js',
    },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'sandbox-[hash]',
    splitting: true,
    banner: { js: `${options.banner.js}import{fileURLToPath as __toPath}from'node:url';const __poolWorker=__toPath(new URL('./worker.mjs',import.meta.url));` },
    // Native, and only for threads that are to be nicer than their process, which none of ours is.
    external: ['@napi-rs/nice'],
    plugins: [literalSchemaKeys, besideItsWorker],
  });
}

/** piscina starts its threads from a file that it expects beside its own. */
const besideItsWorker = {
  name: 'beside-its-worker',
  setup(build) {
    build.onLoad({ filter: /piscina[\\/]dist[\\/]index\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const expected = "(0, node_path_1.resolve)(__dirname, 'worker.js')";
      if (!source.includes(expected)) throw new Error('piscina names its worker in another way than it did: see .ci/build-cli.mjs');
      return { contents: source.replace(expected, '__poolWorker'), loader: 'js' };
    });
  },
};
