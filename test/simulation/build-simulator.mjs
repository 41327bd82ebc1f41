// Bundles the simulator into one file, as it is or with one deliberate defect built in.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { bundleForNode } from '../../.ci/bundle-for-node.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whatever waits on Node's timers waits on the simulation's. */
const virtualTimers = {
  name: 'virtual-timers',
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?timers\/promises$/ }, () => ({ path: path.join(root, 'test/simulation/simulator/virtual-timers.ts') }));
  },
};

/** Replaces text of source files while they are bundled; the files on the disk stay as they are. */
function builtIn(alterations) {
  const changes = alterations.flatMap((alteration) => alteration.changes.map((change) => ({ ...change, name: alteration.name })));
  return {
    name: 'alterations',
    setup(bundler) {
      for (const file of new Set(changes.map((change) => change.file))) {
        bundler.onLoad({ filter: new RegExp(`/${file.replaceAll('.', '\\.')}$`) }, async ({ path: loaded }) => {
          let contents = await readFile(loaded, 'utf8');
          for (const { from, to, name } of changes.filter((change) => change.file === file)) {
            if (contents.split(from).length !== 2) throw new Error(`"${name}" fits ${file} no more: these lines must occur once:\n${from}`);
            contents = contents.replace(from, () => to);
          }
          return { contents, loader: 'ts' };
        });
      }
    },
  };
}

/**
 * Most of a run is looking, and looks come in numbers that a handful of jobs do not need: two index partitions instead of
 * eight, two days of history instead of thirty, one probe of a service instead of three or five.
 */
const fewerLooks = {
  name: 'fewer looks',
  changes: [
    { file: 'src/aws/ledger/keys.ts', from: 'export const shardCount = 8;', to: 'export const shardCount = 2;' },
    { file: 'src/aws/ledger/reads.ts', from: 'const olderDays = [[1, 2, 3]', to: 'const olderDays = [[1]] ?? [[1, 2, 3]' },
    { file: 'src/aws/ports.ts', from: 'calls: 3,', to: 'calls: 1,' },
    { file: 'infra/functions/observe.ts', from: 'calls: 5 ', to: 'calls: 1 ' },
  ],
};

/** SDK clients serve in one run after the other, and seal their requests instead of signing them. */
const cheaperClients = {
  name: 'cheaper clients',
  changes: [
    { file: 'src/aws/client-pool.ts', from: "import type { Deployment } from '../config/schema.js';\n", to: "import type { Deployment } from '../config/schema.js';\nimport { pooledClient } from '../../test/simulation/simulator/client-pool.js';\n" },
    { file: 'src/aws/client-pool.ts', from: 'const client = signByTheirClock(refuseForgeries(make()', to: 'const client = pooledClient(reach, options, key, () => signByTheirClock(refuseForgeries(make()' },
    { file: 'src/aws/client-pool.ts', from: '{ middlewareStack: unknown })) as Client;', to: '{ middlewareStack: unknown })) as Client);' },
    { file: 'infra/pipeline/runtime.ts', from: "import type { Clock } from './clock.js';\n", to: "import type { Clock } from './clock.js';\nimport { sealer } from '../../test/simulation/simulator/seal.js';\n" },
    { file: 'infra/pipeline/runtime.ts', from: '...(options.credentials ? { credentials: options.credentials } : {}),', to: '...(options.credentials ? { credentials: options.credentials, signer: sealer(options.credentials) } : {}),' },
    { file: 'src/sandbox/wire/signature.ts', from: "import type { Received } from './received.js';\n", to: "import type { Received } from './received.js';\nimport { seal } from '../../../test/simulation/simulator/seal.js';\n" },
    { file: 'src/sandbox/wire/signature.ts', from: "  const text = [claim.algorithm, claim.date,", to: "  if (claim.signature === seal) return true;\n  const text = [claim.algorithm, claim.date," },
  ],
};

/** Writes the bundle of `entry` to `outfile`. `defect`: { name, changes: [{ file, from, to }] }. */
export async function buildSimulator(outfile, defect, entry = 'test/simulation/simulator/main.ts') {
  await bundleForNode(root, entry, outfile, {
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [virtualTimers, builtIn([fewerLooks, cheaperClients, ...(defect ? [defect] : [])])],
  });
}
