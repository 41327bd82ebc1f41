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

/** Replaces text of one source file while it is bundled; the file on the disk stays as it is. */
function builtIn(defect) {
  return {
    name: 'defect',
    setup(bundler) {
      for (const { file, from, to } of defect.changes) {
        bundler.onLoad({ filter: new RegExp(`/${file.replaceAll('/', '\\/').replaceAll('.', '\\.')}$`) }, async (load) => {
          let contents = await readFile(load.path, 'utf8');
          for (const change of defect.changes.filter((each) => each.file === file)) {
            if (contents.split(change.from).length !== 2) throw new Error(`the defect "${defect.name}" does not fit ${file} any more: look for ${JSON.stringify(change.from)}`);
            contents = contents.replace(change.from, () => change.to);
          }
          return { contents, loader: 'ts' };
        });
        void from;
        void to;
      }
    },
  };
}

/** Writes the bundle to `outfile`. `defect`: { name, changes: [{ file, from, to }] }. */
export async function buildSimulator(outfile, defect) {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/simulation/simulator/main.ts'],
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
    plugins: [virtualTimers, ...(defect ? [builtIn(defect)] : [])],
  });
}
