import path from 'node:path';
import type { Deployment } from '../../config/schema.js';
import { writePrivately } from '../../config/write.js';
import { reportOf, type OperationReport } from '../../core/report.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { titleOf } from '../../ui/report/figures.js';
import { reportHtml } from '../../ui/report/html.js';
import { markdownTable, reportMarkdown } from '../../ui/report/markdown.js';
import { outcomeText } from '../../ui/report/figures.js';
import { schemaVersion } from '../../ui/output.js';
import { printableJson } from '../../ui/printable.js';
import { formatSeconds, formatUtc } from '../../ui/quantities.js';
import { lookAtAftermath } from '../../workflow/aftermath.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { callOptions, connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { listOperations, readOperation } from '../journals.js';
import { parseSince } from './history.js';

export type ReportFormat = 'md' | 'html' | 'json';

export interface ReportRequest {
  operationId?: string;
  format?: string;
  since?: string;
  out?: string;
}

/** Auditors want all of them; more than this in one file help nobody. */
const mostReports = 200;

/** The report of one operation (default: the newest), or of all since a time. Changes nothing. */
export async function report(context: CommandContext, request: ReportRequest): Promise<ExitCode> {
  const format = parseFormat(request.format, context);
  if (request.since !== undefined && request.operationId !== undefined) throw usage('USAGE', 'Either an operation or --since, not both.');
  const since = request.since === undefined ? undefined : parseSince(request.since, context.clock.now());
  const deployment = await context.deployment();
  const read = connectForReading(deployment, context);
  if (since === undefined) {
    const one = await reportOne(context, deployment, read, request.operationId ?? await newest(context, deployment, read));
    return give(context, format, request.out, { ...one }, [one], titleOf(one), () => reportMarkdown(one));
  }
  const operations = (await listOperations(context, deployment.name, read.ledgers, mostReports)).filter((operation) => operation.startedAt >= since);
  const reports: OperationReport[] = [];
  // One after the other: each looks into both Regions' buckets, and nobody is in a hurry.
  for (const { operationId } of operations) reports.push(await reportOne(context, deployment, read, operationId));
  const title = `Operations of ${deployment.name} since ${formatUtc(since)}`;
  return give(context, format, request.out, { deployment: deployment.name, since, reports }, reports, title, () => auditMarkdown(reports, title));
}

async function newest(context: CommandContext, deployment: Deployment, read: ReadPorts): Promise<string> {
  const [operation] = await listOperations(context, deployment.name, read.ledgers, 1);
  if (operation) return operation.operationId;
  throw new OperatorError('NO_OPERATION', `The deployment ${deployment.name} has not been moved yet, so there is nothing to report.`, { nextSteps: ['Rehearse one: batchctl drill'] });
}

/** Throws `OPERATION_UNKNOWN` when neither the ledger nor this machine knows it. */
export async function reportOne(context: CommandContext, deployment: Deployment, read: ReadPorts, operationId: string): Promise<OperationReport> {
  const events = await readOperation(context, deployment.name, read.ledgers, operationId);
  if (events.length > 0) {
    const made = reportOf({ events, aftermath: await lookAtAftermath(read, events, callOptions(context)), policy: deployment.policy });
    if (made) return made;
  }
  throw new OperatorError('OPERATION_UNKNOWN', `There is no operation ${JSON.stringify(operationId)}, neither in the ledger nor in this machine's journal.`, { nextSteps: ['List them: batchctl history'] });
}

async function give(context: CommandContext, format: ReportFormat, out: string | undefined, document: object, reports: OperationReport[], title: string, markdown: () => string[]): Promise<ExitCode> {
  const lines = (): string[] => {
    switch (format) {
      case 'md': return markdown();
      case 'html': return reportHtml(reports, title);
      case 'json': return printableJson({ schemaVersion, ...document }, 2).split('\n');
    }
  };
  if (out === undefined) context.output.result(document, lines);
  else {
    // It names customers' keys, so it is the owner's alone until the owner shares it.
    await writePrivately(path.resolve(out), `${lines().join('\n')}\n`);
    context.output.result({ file: path.resolve(out), format, operations: reports.length }, (written) => [`Written: ${written.file}`]);
  }
  return ExitCode.done;
}

function parseFormat(text: string | undefined, context: CommandContext): ReportFormat {
  if (text === undefined) return context.output.format === 'human' ? 'md' : 'json';
  if (text === 'md' || text === 'html' || text === 'json') return text;
  throw usage('USAGE', `--format must be md, html or json, not ${JSON.stringify(text)}.`);
}

function auditMarkdown(reports: OperationReport[], title: string): string[] {
  if (reports.length === 0) return [`# ${title}`, '', 'No operation.'];
  return [
    `# ${title}`,
    '',
    ...markdownTable(['Started', 'What', 'From → to', 'Outcome', 'RTO', 'RPO', 'By', 'Reason', 'Operation'], reports.map((each) => [
      formatUtc(each.startedAt), `${each.kind}, ${each.mode}`, `${each.from} → ${each.to}`, outcomeText(each.outcome),
      each.rto.seconds === null ? 'not reached' : formatSeconds(each.rto.seconds), each.rpo.objects === null ? 'unknown' : String(each.rpo.objects), each.operator, each.reason ?? '', each.operationId,
    ])),
    ...reports.flatMap((each) => ['', ...reportMarkdown(each, 2)]),
  ];
}
