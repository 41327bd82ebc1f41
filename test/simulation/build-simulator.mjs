// Bundles the simulator into one file, as it is or with one deliberate defect built in.
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whatever waits on Node's timers waits on the simulation's. */
const virtualTimers = {
  name: 'virtual-timers',
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?timers\/promises$/ }, () => ({ path: path.join(root, 'test/simulation/simulator/virtual-timers.ts') }));
  },
};

/** Replaces text of source files while they are bundled; the files on the disk stay as they are. */
function builtIn({ name, changes }) {
  return {
    name: 'defect',
    setup(bundler) {
      for (const file of new Set(changes.map((change) => change.file))) {
        bundler.onLoad({ filter: new RegExp(`/${file.replaceAll('.', '\\.')}$`) }, async ({ path: loaded }) => {
          let contents = await readFile(loaded, 'utf8');
          for (const { from, to } of changes.filter((change) => change.file === file)) {
            if (contents.split(from).length !== 2) throw new Error(`the defect "${name}" fits ${file} no more: these lines must occur once:\n${from}`);
            contents = contents.replace(from, () => to);
          }
          return { contents, loader: 'ts' };
        });
      }
    },
  };
}

/** Two index partitions for unfinished jobs instead of eight: looking costs less, and a handful of jobs still share one. */
const fewerShards = { name: 'fewer shards', changes: [{ file: 'src/aws/ledger/keys.ts', from: 'export const shardCount = 8;', to: 'export const shardCount = 2;' }] };

/** Writes the bundle of `entry` to `outfile`. `defect`: { name, changes: [{ file, from, to }] }. */
export async function buildSimulator(outfile, defect, entry = 'test/simulation/simulator/main.ts') {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    sourcemap: 'inline',
    sourcesContent: false,
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    plugins: [virtualTimers, builtIn(fewerShards), ...(defect ? [builtIn(defect)] : [])],
  });
}
