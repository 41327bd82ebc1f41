/**
 * Fifty people submit at once: fifty processes of `bin/batchctl.js`, a sandbox, sockets. Each submits files of its own, then types the same
 * again, as whoever saw no answer does. Every file must have one job, one version in the bucket, one output and one e-mail.
 */
import { openBuckets } from '../e2e/buckets.js';
import type { JobDocument, StatusDocument } from '../e2e/documents.js';
import { createOperator } from '../e2e/operator.js';
import { orderFile } from '../e2e/orders.js';
import { emailsByJob, eventually, home, loadReferences } from '../e2e/scene.js';
import { grouped, isSmall, judge, tell } from './promises.js';

const people = isSmall ? 10 : 50;
const filesEach = 4;
const rowsEach = 20;
type Submitted = JobDocument & { already: boolean; versionId: string };

const operator = await createOperator();
try {
  await operator.startSandbox({ speed: 10 });
  await loadReferences(operator);
  const files = new Map<string, { name: string; expected: string }>();
  const of = (person: number): string[] => Array.from({ length: filesEach }, (_, serial) => `orders-${person}-${serial}.csv`);
  for (let person = 0; person < people; person += 1) {
    for (const [serial, name] of of(person).entries()) {
      const { text, expected } = orderFile(rowsEach, person * filesEach + serial);
      await operator.write(name, text);
      files.set(`input/${name}`, { name, expected });
    }
  }
  let repeated = 0;
  /** Whoever is told that a service did not answer in time, which a machine with so many processes does not, types it again. */
  const submit = async (person: number): Promise<Submitted[]> => {
    for (let attempt = 1; ; attempt += 1) {
      const ended = await operator.run(['submit', ...of(person), '-o', 'json']);
      if (ended.exitCode === 0) return (JSON.parse(ended.stdout) as { jobs: Submitted[] }).jobs;
      if (attempt === 10 || !ended.stdout.includes('"UNREACHABLE"')) throw new Error(`submit ended with ${ended.exitCode}: ${ended.stdout}${ended.stderr}`);
      repeated += 1;
    }
  };
  const submitAtOnce = (): Promise<Submitted[][]> => Promise.all(Array.from({ length: people }, (_, person) => submit(person)));
  const began = performance.now();
  const first = (await submitAtOnce()).flat();
  const firstSeconds = (performance.now() - began) / 1000;
  const repeatedFirst = repeated;
  const again = (await submitAtOnce()).flat();
  tell(`${people} processes at once took ${firstSeconds.toFixed(1)} s for ${files.size} files, and ${((performance.now() - began) / 1000 - firstSeconds).toFixed(1)} s to be told that all are there`);

  const jobs = await eventually('every job to end', async () => {
    const asked = await operator.run(['jobs', '--limit', '10000', '-o', 'json']);
    if (asked.exitCode !== 0) return undefined;
    const listed = (JSON.parse(asked.stdout) as { jobs: JobDocument[] }).jobs.filter((job) => files.has(job.key));
    return listed.length >= files.size && listed.every((job) => job.status === 'FAILED' || (job.status === 'SUCCEEDED' && job.notification === 'SENT')) ? listed : undefined;
  }, 600_000, 2000);
  const ids = new Set(jobs.map((job) => job.jobId));
  judge(`${people} submitters at once: every file is taken`, first.length === files.size && first.every((job) => files.has(job.key)), `${first.length} jobs told to ${people} processes, ${repeatedFirst} of which had to be typed again`);
  judge('every file has exactly one job', jobs.length === files.size && ids.size === files.size && new Set(jobs.map((job) => job.key)).size === files.size && jobs.every((job) => job.status === 'SUCCEEDED'),
    `${grouped(jobs.length)} jobs for ${grouped(files.size)} files, ${jobs.filter((job) => job.status === 'SUCCEEDED').length} SUCCEEDED`);
  judge('who submits again is told of the same job', again.length === files.size && again.every((job) => job.already && ids.has(job.jobId)), `${again.filter((job) => job.already).length} of ${again.length} were there already`);

  const buckets = await openBuckets(operator);
  try {
    const versions = (await buckets.versions(home, 'input/')).filter(({ key }) => files.has(key));
    let wrong = 0;
    for (const job of jobs) if (await buckets.read(job.region ?? home, job.outputKey ?? '') !== files.get(job.key)!.expected) wrong += 1;
    judge('nothing was uploaded twice, and every output is right', versions.length === files.size && wrong === 0, `${versions.length} versions, ${wrong} wrong outputs`);
  } finally {
    buckets.close();
  }
  const mails = [...(await emailsByJob(operator, [...ids])).values()];
  const { jobs: counted } = await operator.document<StatusDocument>(['status']);
  judge('one e-mail and one commit a job', mails.length === files.size && mails.every((count) => count === 1) && counted['succeededLast24h'] === files.size, `${mails.length} jobs with an e-mail, the most ${Math.max(...mails)}; ${counted['succeededLast24h']} commits counted`);
} finally {
  await operator.leave();
}
