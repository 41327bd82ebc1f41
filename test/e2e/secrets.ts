import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A presigned URL or a session that travels in one: whoever reads it may act with it. */
const presigned = /X-Amz-(?:Signature|Security-Token)=/;

/** `submit --wait` is asked for a link; the sandbox shows its keys to who starts it, and the e-mails that it caught. */
const mayTellLinks = new Set(['submit', 'sandbox', 'demo']);
const mayTellKeys = new Set(['sandbox']);

export interface SecretSearch {
  /** Throws when a command told what it must not tell. `env`: what it was given on top of its own. */
  inOutput(words: readonly string[], said: string, env?: Readonly<Record<string, string>>): void;
  /** Throws when a file that a command or the sandbox keeps, such as a journal, a report or a log, holds what it must not hold. */
  inFiles(): void;
}

/** Reads along with every command of every end-to-end test, so that whatever one of them provokes is searched for secrets. */
export function searchForSecrets(home: string, sandbox: string): SecretSearch {
  const given = new Set<string>();
  const secrets = (): string[] => {
    const { secretAccessKey } = sandboxKeys(sandbox);
    return [...given, ...(secretAccessKey === undefined ? [] : [secretAccessKey])];
  };
  const found = (text: string): string | undefined => {
    if (presigned.test(text)) return 'a presigned URL';
    return secrets().some((secret) => text.includes(secret)) ? 'a secret key or a session token' : undefined;
  };
  return {
    inOutput(words, said, env = {}) {
      for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
        const value = env[name];
        // Nothing that anybody would take for a secret is as short as that.
        if (value !== undefined && value.length >= 16) given.add(value);
      }
      const command = words.find((word) => !word.startsWith('-')) ?? '';
      const what = found(said);
      if (what === undefined || (what === 'a presigned URL' ? mayTellLinks : mayTellKeys).has(command)) return;
      throw new Error(`batchctl ${words.join(' ')} told ${what}`);
    },
    inFiles() {
      for (const file of [...filesUnder(path.join(home, 'state')), path.join(sandbox, 'sandbox.log')]) {
        // A sandbox that lies in the state folder keeps its keys and its buckets there.
        if (/[/\\](?:blobs|assets)[/\\]|(?:sandbox|state)\.json$|\.js$|\.mjs$/.test(file)) continue;
        const what = found(readText(file));
        if (what !== undefined) throw new Error(`${file} holds ${what}`);
      }
    },
  };
}

function sandboxKeys(sandbox: string): { secretAccessKey?: string } {
  const text = readText(path.join(sandbox, 'sandbox.json'));
  return text === '' ? {} : (JSON.parse(text) as { credentials: { secretAccessKey: string } }).credentials;
}

function filesUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  } catch {
    return [];
  }
}

/** Empty when it is not there. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
