import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Random } from '../../src/sandbox/random.js';
import { between, chance, oneOf } from '../simulation/simulator/dice.js';
import type { JobDocument } from '../e2e/documents.js';
import type { Operator } from '../e2e/operator.js';
import { orderFile } from '../e2e/orders.js';
import { home, standby } from '../e2e/scene.js';
import type { Listening } from './listening.js';
import { pause } from './pause.js';

/** What somebody gave to the pipeline, and what must become of it. */
export interface Given {
  key: string;
  /** Undefined: no CSV at all, so its job has to fail and say why. */
  expected: string | undefined;
  /** The pipeline said that it has it; otherwise it may or may not. */
  acknowledged: boolean;
  how: 'submitted' | 'put into a bucket';
}

const namesOfFiles = ['orders', 'two words', 'plus+and%20percent', '日本🙂', 'tab\tand "quotes"', 'right-\u202eto-left'];

export interface Submitters {
  readonly given: Map<string, Given>;
  submit(signal: AbortSignal): Promise<void>;
  putDirectly(signal: AbortSignal): Promise<void>;
}

export function createSubmitters(operator: Operator, listening: Listening, dice: Random): Submitters {
  const given = new Map<string, Given>();
  let serial = 0;
  const nextFile = (): { name: string; text: string | Uint8Array; given: Omit<Given, 'acknowledged' | 'how'> } => {
    serial += 1;
    const name = `${oneOf(dice, namesOfFiles)}-${serial}.csv`;
    if (chance(dice, 0.05)) return { name, text: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x00, serial & 0xff, serial >> 8]), given: { key: `input/${name}`, expected: undefined } };
    const { text, expected } = orderFile(chance(dice, 0.1) ? between(dice, 5000, 20_000) : between(dice, 1, 2000), serial);
    return { name, text, given: { key: `input/${name}`, expected } };
  };
  return {
    given,
    async submit(signal) {
      while (!signal.aborted) {
        const files = Array.from({ length: between(dice, 1, 4) }, nextFile);
        for (const file of files) {
          await operator.write(file.name, file.text);
          given.set(file.given.key, { ...file.given, acknowledged: false, how: 'submitted' });
        }
        // A person whose command failed types it again; the same content under the same key must not run twice.
        for (let attempt = 1; attempt <= 3 && !signal.aborted; attempt += 1) {
          const ended = await listening.run(['submit', '--no-validate', ...files.map((file) => file.name), '-o', 'json']);
          if (ended.exitCode === 0) {
            for (const job of (JSON.parse(ended.stdout) as { jobs: JobDocument[] }).jobs) given.get(job.key)!.acknowledged = true;
            break;
          }
        }
        await pause(between(dice, 5, 25), signal);
      }
    },
    async putDirectly(signal) {
      const { environment } = await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--dir', operator.sandbox]);
      const clients = [home, standby].map((region) => ({ region, s3: new S3Client({
        region, endpoint: environment['AWS_ENDPOINT_URL'] ?? '', forcePathStyle: true, maxAttempts: 1,
        credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' },
      }) }));
      while (!signal.aborted) {
        await pause(between(dice, 20, 60), signal);
        const file = nextFile();
        const { region, s3 } = oneOf(dice, clients);
        const entry: Given = { ...file.given, acknowledged: false, how: 'put into a bucket' };
        given.set(entry.key, entry);
        entry.acknowledged = await s3.send(new PutObjectCommand({ Bucket: `batchctl-111122223333-${region}`, Key: entry.key, Body: file.text })).then(() => true, () => false);
      }
      for (const { s3 } of clients) s3.destroy();
    },
  };
}
