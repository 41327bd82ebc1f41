/**
 * The host process of a sandbox: `node sandbox-host.mjs '<options as JSON>'`, started by `launchSandbox`. Tells its parent
 * over the IPC channel what it is doing, then that it is ready, or why it could not start. SIGTERM, SIGINT and the admin
 * listener stop it cleanly; an attached one also stops when its parent is gone.
 */
import { buildWorld } from './build-world.js';
import type { HostMessage, HostOptions } from './launch-messages.js';
import { startSandbox } from './start.js';

function tell(message: HostMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, () => { resolve(); });
  });
}

async function main(): Promise<void> {
  const { attached, ...options } = JSON.parse(process.argv[2] ?? '{}') as HostOptions;
  const running = await startSandbox({ ...options, onProgress: (progress) => { void tell({ type: 'progress', progress }); } }, buildWorld);
  const stop = (): void => { void running.stop(); };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (attached) process.on('disconnect', stop);
  await tell({ type: 'ready', facts: running.facts });
  await running.stopped;
}

main().then(
  () => process.exit(0),
  async (error: unknown) => {
    const failure = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${failure.stack ?? failure.message}\n`);
    await tell({ type: 'failed', name: failure.name, message: failure.message });
    process.exit(1);
  },
);
