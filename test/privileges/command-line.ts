import { Readable } from 'node:stream';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpRequest } from '@smithy/core/protocols';
import { run } from '../../src/main.js';
import { createInProcessHandler } from '../../src/sandbox/in-process-handler.js';
import { createWorld } from '../../src/sandbox/create-world.js';
import type { Access } from '../../src/sandbox/iam/access.js';
import type { RunningWorld } from '../../src/sandbox/assemble-world.js';
import { startSandbox } from '../../src/sandbox/host/start.js';
import { createWorkerRuntime } from '../../src/sandbox/services/lambda/worker-runtime.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export type PeopleRole = 'operator' | 'observer';

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A started sandbox in this process, and the command line in it too, as one of the roles for people. */
export interface CommandLine {
  world: RunningWorld;
  folder: string;
  /** Everything that a deployment's description says, with the way into this sandbox. */
  described: Record<string, unknown>;
  as(role: PeopleRole, ...words: string[]): Promise<Ended>;
  /** Whoever has a link needs nothing else. Gives the status of the answer. */
  follow(link: string): Promise<number>;
  /** With nothing configured. */
  bare(...words: string[]): Promise<Ended>;
  write(name: string, text: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startCommandLine(folder: string, onAccess: (access: Access) => void): Promise<CommandLine> {
  let world: RunningWorld | undefined;
  const sandbox = await startSandbox({ dir: path.join(folder, 'sandbox'), assembly: path.join(repository, 'dist/cdk.out'), speed: 12, latency: 'off', quotas: 'on', seed: 1 }, async ({ connectTo, onChanged, onLog, ...parts }) => {
    const runtime = createWorkerRuntime({ workerFile: path.join(repository, 'dist/cli/function-worker.mjs'), connectTo: () => connectTo });
    const made = createWorld({ ...parts, runtime, onChange: onChanged, onLog, onAccess });
    world = made;
    return {
      world: made, services: new Map(made.services), operatorArn: `arn:aws:iam::${parts.account}:user/operator-admin`, operatorKeys: () => made.iam.operatorKeys(),
      snapshot: made.snapshot, restore: (state) => made.restore(state as Parameters<typeof made.restore>[0]), start: made.start,
      stop: async () => { await made.stop(); await runtime.stop(); },
    };
  });
  const running = world as unknown as RunningWorld;
  const administrator = { region: 'us-west-2', principal: { arn: `arn:aws:iam::${running.account}:user/operator-admin`, origin: 'operator' } };
  const { Parameter } = await running.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name: '/batchctl/deployment' }, administrator);
  const described = { ...JSON.parse(Parameter.Value) as { roles: Record<PeopleRole, string> }, transport: { connectTo: sandbox.facts.connectTo } };

  const files = new Map<PeopleRole, string>();
  for (const role of ['operator', 'observer'] as const) {
    const { Credentials: keys } = await running.call<{ Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } }>('sts', 'AssumeRole', { RoleArn: described.roles[role], RoleSessionName: role, DurationSeconds: 3600 }, administrator);
    const credentials = { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken };
    const file = path.join(folder, `${role}.json`);
    await writeFile(file, JSON.stringify({ ...described, credentials }));
    files.set(role, file);
  }

  return {
    world: running, folder, described,
    as: (role, ...words) => runIn(folder, ['--config', files.get(role) as string, ...words]),
    async follow(link) {
      const { hostname, pathname, searchParams } = new URL(link);
      const { response } = await createInProcessHandler(running).handle(new HttpRequest({ method: 'GET', protocol: 'https:', hostname, path: pathname, query: Object.fromEntries(searchParams), headers: { host: hostname } }));
      return response.statusCode;
    },
    bare: (...words) => runIn(folder, words),
    async write(name, text) {
      const file = path.join(folder, name);
      await writeFile(file, text);
      return file;
    },
    stop: () => sandbox.stop(),
  };
}

async function runIn(folder: string, words: string[]): Promise<Ended> {
  const told = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => { told[name] += text; return true; }, isTTY: false, columns: 120 });
  const env = { HOME: folder, XDG_CONFIG_HOME: path.join(folder, 'config'), XDG_STATE_HOME: path.join(folder, 'state') };
  const exitCode = await run(words, env, { stdin: Readable.from([]), stdout: stream('stdout') as never, stderr: stream('stderr') as never });
  return { exitCode, ...told };
}
