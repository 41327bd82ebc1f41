import { openCodeCache } from './code-cache.js';
import { createLoader } from './load.js';

/** Set by the build: the digest of all files that it made. */
declare const BUILD_ID: string;

/** Runs this process's command line; gives its exit code. */
export function launch(): Promise<number> {
  const load = createLoader({
    directory: __dirname,
    native: require,
    cache: openCodeCache({
      env: process.env,
      buildId: BUILD_ID,
      userId: process.geteuid?.(),
      onExit: (work) => { process.once('exit', work); },
    }),
    // NODE_DEBUG=batchctl lists what a command loads.
    ...(/\bbatchctl\b/.test(process.env['NODE_DEBUG'] ?? '') ? { onLoad: (name: string) => { process.stderr.write(`loads ${name}\n`); } } : {}),
  });
  return (load('./main.cjs') as { main(): Promise<number> }).main();
}
