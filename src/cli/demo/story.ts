import type { Deployment } from '../../config/schema.js';
import type { Job } from '../../core/job.js';
import type { OperationResult } from '../../core/operation.js';
import type { OutboxEmail, SandboxClient } from '../../sandbox/index.js';
import { statusDocument } from '../../ui/documents/status.js';
import { formatBytes, formatCount, formatSeconds, plural } from '../../ui/quantities.js';
import { statusView } from '../../ui/views/status.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { connectForReading } from '../connect.js';
import { tell, type CommandContext } from '../context.js';
import { followJobs } from '../actions/follow.js';
import { look } from '../actions/look.js';
import { enterFiles } from '../actions/submit.js';
import { countFinished, countParts, finishedByJob, readAll } from './progress-of-parts.js';
import { runMove } from './run-move.js';
import { badFileIndex, judgeOutput, writeSampleFiles, type SampleFile } from './sample-files.js';
import type { Stage } from './stage.js';
import { until } from './until.js';

export interface StorySettings {
  directory: string;
  files: number;
  rows: number;
  references: number;
}

interface Scene {
  context: CommandContext;
  stage: Stage;
  sandbox: SandboxClient;
  deployment: Deployment;
  read: ReadPorts;
}

/** Submit, break, judge, fail over, check, heal, fail back, check again. Every check goes to the stage. */
export async function tellStory(context: CommandContext, stage: Stage, sandbox: SandboxClient, settings: StorySettings): Promise<void> {
  const deployment = await context.deployment();
  const scene: Scene = { context, stage, sandbox, deployment, read: connectForReading(deployment, context) };
  const samples = await writeSampleFiles(settings.directory, settings);
  const jobs = await submitAll(scene, samples);
  const partsBefore = await breakHalfWay(scene, jobs);
  await judge(scene);
  const survivors = await finishedByJob(scene.read.objects[deployment.other] as ReadPorts['objects'][string], jobs);
  const failover = await failOver(scene, jobs, partsBefore);
  const finished = await checkOutputs(scene, samples, jobs, { failover, survivors });
  await heal(scene, samples, jobs, finished);
  await failBack(scene, finished);
  await checkEmails(scene, jobs);
}

async function submitAll(scene: Scene, samples: SampleFile[]): Promise<Job[]> {
  const { context, stage, deployment } = scene;
  stage.chapter(`${samples.length} files are submitted`);
  stage.command('submit orders-*.csv');
  const entered = await enterFiles(context, deployment, samples.map((sample) => sample.file));
  const bytes = samples.reduce((total, sample) => total + sample.bytes, 0);
  const rows = samples.reduce((total, sample) => total + sample.request.rows, 0);
  stage.say(`${formatCount(rows)} rows, ${formatBytes(bytes)}, through the Multi-Region Access Point. ${samples[badFileIndex]?.name} has ${samples[badFileIndex]?.request.bad} bad rows on purpose.`);
  return entered;
}

/**
 * Parts of unfinished jobs that the other Region holds before the loss: enough to see that they are kept. On few cores jobs end
 * one after the other, and never many are in the middle.
 */
const replicatedPartsWanted = 2;

/** Waits until about half of the parts are finished and every input has reached the other Region, then switches it off. */
async function breakHalfWay(scene: Scene, jobs: Job[]): Promise<number> {
  const { context, stage, sandbox, deployment, read } = scene;
  const { home, other } = deployment;
  stage.chapter(`${home} works on them, and is lost half way`);
  const planned = new Map<string, number>();
  const [atHome, atOther] = [read.objects[home], read.objects[other]] as [ReadPorts['objects'][string], ReadPorts['objects'][string]];
  const halfWay = await until(context, `parts finished in ${home}`, 60_000, async (progress) => {
    const parts = await countParts(atHome, jobs, planned);
    const allPlanned = parts.jobsPlanned === jobs.length;
    progress(parts.finished, allPlanned ? parts.planned : null);
    const rows = [...(await askAnyLedger(read.ledgers, (ledger) => ledger.readJobs(jobs.map((job) => job.jobId)))).values()];
    const running = rows.filter((job) => job.status === 'RUNNING');
    const replicated = rows.every((job) => job.presentIn[other] !== undefined);
    if (!replicated || parts.jobsPlanned * 2 < jobs.length || parts.finished * 2 < parts.planned) return undefined;
    const late = allPlanned && parts.finished >= parts.planned * 0.8;
    return late || await countFinished(atOther, running) >= replicatedPartsWanted ? { parts, rows } : undefined;
  });
  const succeeded = halfWay.rows.filter((job) => job.status === 'SUCCEEDED').length;
  const running = halfWay.rows.filter((job) => job.status === 'RUNNING').length;
  stage.say(`${plural(running, 'execution')} running, ${plural(succeeded, 'job')} finished, ${halfWay.parts.finished} of ${halfWay.parts.planned} parts done; ${other} holds every input.`);
  stage.command(`sandbox fault region ${home} down`);
  await sandbox.setFault({ kind: 'region', region: home, state: 'down' });
  stage.say(stage.theme.bad(`${home} is gone: its endpoints refuse connections, its functions and executions stand still.`));
  stage.check('work was under way', running > 0, `${plural(running, 'job')} of ${jobs.length} unfinished when the Region was lost`);
  return halfWay.parts.finished;
}

async function judge(scene: Scene): Promise<void> {
  const { context, stage, deployment, read } = scene;
  stage.chapter('What does batchctl see?');
  stage.command('status');
  const seen = await until(context, 'gathering evidence', 60_000, async () => {
    const { snapshot, assessment } = await look(deployment, read, context);
    return assessment.recommendation.action === 'failover' ? statusDocument(snapshot, assessment) : undefined;
  });
  stage.say(...statusView({ allSignals: false })(seen, { theme: stage.theme, columns: context.terminal.columns - 3, now: context.clock.now() }));
  stage.check('verdict', seen.recommendation.verdict === 'GO' && seen.recommendation.to === deployment.other, `${seen.recommendation.verdict} for a failover to ${seen.recommendation.to ?? 'nowhere'}`);
}

async function failOver(scene: Scene, jobs: Job[], partsBefore: number): Promise<OperationResult> {
  const { context, stage, deployment } = scene;
  const { other } = deployment;
  stage.chapter(`Failover to ${other}`);
  stage.command(`failover --to ${other} --yes --confirm ${other} --accept-data-loss 0`);
  const result = await runMove(context, stage, deployment, { kind: 'failover', to: other, mode: 'ungraceful', reason: 'demo: the Region is lost' });
  stage.check('failover', result.outcome === 'done', `${result.outcome}, epoch ${result.epoch}, ${formatSeconds(result.rtoSeconds)} from the decision to the proof`);
  const kept = result.redriven.reduce((total, job) => total + job.partsKept, 0);
  stage.say(`${plural(result.redriven.length, 'job')} re-driven in ${other}; ${kept} parts that had replicated are kept (${partsBefore} were finished in ${deployment.home}).`);
  stage.check('nothing left behind', result.parked.length === 0 && result.failed.length === 0, `${result.parked.length} parked, ${result.failed.length} failed of ${jobs.length}`);
  return result;
}

/** `survivors`: the finished parts of each job that the other Region held when the first was gone. */
async function checkOutputs(scene: Scene, samples: SampleFile[], jobs: Job[], { failover, survivors }: { failover: OperationResult; survivors: Map<string, number> }): Promise<Map<string, Job>> {
  const { context, stage, deployment, read } = scene;
  stage.chapter('Every output, byte for byte');
  const finished = await followJobs(context, read, jobs);
  const all = [...finished.values()];
  stage.check('every job succeeded', all.every((job) => job.status === 'SUCCEEDED'), `${all.filter((job) => job.status === 'SUCCEEDED').length} of ${jobs.length}`);
  const moved = all.filter((job) => failover.redriven.some((each) => each.jobId === job.jobId));
  const kept = moved.reduce((total, job) => total + (job.partsKept ?? 0), 0);
  const survived = moved.reduce((total, job) => total + (survivors.get(job.jobId) ?? 0), 0);
  stage.check('finished parts were kept', kept === survived, `${kept} of the ${survived} that had replicated were not processed again, of ${moved.reduce((total, job) => total + (job.parts ?? 0), 0)} parts of the re-driven jobs`);
  const here = all.filter((job) => job.outputRegion === deployment.other);
  await compareOutputs(scene, samples, jobs, here, deployment.other);
  if (here.length < all.length) stage.say(`The other ${all.length - here.length} were committed in ${deployment.home} before it was lost; not all of their outputs had replicated. They are compared when it is back.`);
  const bad = finished.get((jobs[badFileIndex] as Job).jobId);
  stage.check('bad rows are rejected, good ones go on', bad?.rows?.rejected === samples[badFileIndex]?.request.bad, `${samples[badFileIndex]?.name}: ${bad?.rows?.out} rows out, ${bad?.rows?.rejected} rejected with row number and reason`);
  return finished;
}

/** Compares the outputs of `wanted`, as they lie in `region`, with what the samples must become. */
async function compareOutputs(scene: Scene, samples: SampleFile[], jobs: Job[], wanted: Job[], region: string): Promise<void> {
  const { context, stage, read } = scene;
  const objects = read.objects[region] as ReadPorts['objects'][string];
  const problems: string[] = [];
  for (const job of wanted) {
    const sample = samples[jobs.findIndex((each) => each.jobId === job.jobId)] as SampleFile;
    tell(context, { type: 'progress', task: 'comparing outputs', done: wanted.indexOf(job), total: wanted.length, unit: 'items' });
    const output = job.outputKey ? await readAll(objects, job.outputKey, job.outputVersionId) : Buffer.alloc(0);
    const rejects = job.rejectsKey ? await readAll(objects, job.rejectsKey, job.rejectsVersionId) : undefined;
    const { problem } = judgeOutput(sample, output, rejects);
    if (problem) problems.push(`${sample.name}: ${problem}`);
  }
  tell(context, { type: 'progress-finished', task: 'comparing outputs' });
  stage.check(`outputs committed in ${region} equal an independent computation`, problems.length === 0, problems.length === 0 ? `${plural(wanted.length, 'file')}, the same bytes, in input order` : problems.join('; '));
}

async function heal(scene: Scene, samples: SampleFile[], jobs: Job[], finished: Map<string, Job>): Promise<void> {
  const { context, stage, sandbox, deployment, read } = scene;
  stage.chapter(`${deployment.home} comes back`);
  stage.command(`sandbox fault region ${deployment.home} up`);
  await sandbox.setFault({ kind: 'region', region: deployment.home, state: 'up' });
  stage.say('Its executions wake up where they stood. Whatever they try to commit carries the old epoch.');
  await until(context, `executions of the old epoch in ${deployment.home}`, 60_000, async (progress) => {
    let running = 0;
    for await (const _ of (read.executions[deployment.home] as ReadPorts['executions'][string]).listRunning()) running += 1;
    progress(running, null);
    return running === 0 ? true : undefined;
  });
  const now = await askAnyLedger(read.ledgers, (ledger) => ledger.readJobs([...finished.keys()]));
  const changed = [...finished.values()].filter((job) => now.get(job.jobId)?.outputKey !== job.outputKey || now.get(job.jobId)?.epoch !== job.epoch);
  const refused = await askAnyLedger(read.ledgers, (ledger) => ledger.listRefusedCommits('1970-01-01T00:00:00.000Z'));
  stage.say(`${plural(refused.length, 'late commit')} refused by the ledger so far.`);
  stage.check('the old Region did no harm', changed.length === 0, `${finished.size - changed.length} of ${finished.size} jobs still have the one output that was committed`);
  const before = [...finished.values()].filter((job) => job.outputRegion === deployment.home);
  if (before.length > 0) await compareOutputs(scene, samples, jobs, before, deployment.home);
}

async function failBack(scene: Scene, finished: Map<string, Job>): Promise<void> {
  const { context, stage, deployment, read } = scene;
  const { home } = deployment;
  stage.chapter(`Failback to ${home}, gracefully`);
  stage.say('It waits until nothing is left to replicate, and refuses as long as anything would be left behind.');
  await until(context, `${home} is fit again`, 90_000, async () => {
    const { assessment } = await look(deployment, read, context, { to: home, mode: 'graceful' });
    return assessment.recommendation.verdict === 'GO' ? true : undefined;
  });
  stage.command('failback --yes --acknowledge recent-move,unsettled-target');
  const result = await runMove(context, stage, deployment, { kind: 'failback', to: home, mode: 'graceful', reason: 'demo: the Region is back' });
  stage.check('failback', result.outcome === 'done', `${result.outcome}, epoch ${result.epoch}, ${home} active again`);
  const control = await askAnyLedger(read.ledgers, (ledger) => ledger.readControl());
  stage.check('ledger', control?.activeRegion === home && control.phase === 'active', `epoch ${control?.epoch}, ${control?.activeRegion} ${control?.phase}`);
  const again = await askAnyLedger(read.ledgers, (ledger) => ledger.readJobs([...finished.keys()]));
  stage.check('no job ran twice', [...finished.values()].every((job) => again.get(job.jobId)?.finishedAt === job.finishedAt), `${finished.size} jobs, each finished once`);
}

async function checkEmails(scene: Scene, jobs: Job[]): Promise<void> {
  const { context, stage, sandbox, read } = scene;
  stage.chapter('At most one e-mail for each job');
  stage.command('sandbox status');
  const ids = jobs.map((job) => job.jobId);
  const look = async (): Promise<{ counts: Map<string, number>; silent: Job[] }> => {
    const [outbox, rows] = await Promise.all([sandbox.outbox(), askAnyLedger(read.ledgers, (ledger) => ledger.readJobs(ids))]);
    const counts = countByJob(outbox, jobs);
    return { counts, silent: [...rows.values()].filter((job) => !counts.has(job.jobId) && job.notification !== 'UNCERTAIN') };
  };
  // What a move leaves unsettled, the sweep sends within a minute.
  const settled = await until(context, 'e-mails sent', 75_000, async (progress) => {
    const now = await look();
    progress(now.counts.size, jobs.length);
    return now.silent.length === 0 ? now : undefined;
  }).catch(look);
  const twice = [...settled.counts.values()].filter((count) => count > 1).length;
  const uncertain = jobs.length - settled.counts.size - settled.silent.length;
  stage.say(`${settled.counts.size} of ${jobs.length} e-mails are in the outbox.${uncertain > 0 ? ` ${uncertain} were being sent when the Region was lost: the ledger calls them uncertain, and sends none a second time.` : ''}`);
  stage.check('no e-mail is sent twice, none is missing in silence', twice === 0 && settled.silent.length === 0, `${twice} sent twice, ${settled.silent.length} missing in silence`);
}

function countByJob(outbox: OutboxEmail[], jobs: Job[]): Map<string, number> {
  const counts = new Map<string, number>();
  const mails = outbox.filter((email) => email.via === 'ses');
  for (const job of jobs) {
    const count = mails.filter((email) => `${email.subject}\n${email.text ?? ''}\n${email.raw ?? ''}`.includes(job.jobId)).length;
    if (count > 0) counts.set(job.jobId, count);
  }
  return counts;
}
