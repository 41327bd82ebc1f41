import { jobStatuses, type JobStatus } from '../../core/job.js';
import { ExitCode, usage } from '../../errors.js';
import { closest } from '../../config/suggestions.js';
import { jobDocument } from '../../ui/documents/job.js';
import { jobsView } from '../../ui/views/jobs.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { callOptions, checkRegion, connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { parseWhole } from '../durations.js';

export interface JobsRequest {
  state?: string[];
  region?: string;
  limit: string;
}

export async function showJobs(context: CommandContext, request: JobsRequest): Promise<ExitCode> {
  const limit = parseWhole(request.limit, '--limit', { min: 1, max: 100_000 });
  const states = (request.state ?? []).flatMap((text) => text.split(',')).map(parseStatus);
  const deployment = await context.deployment();
  if (request.region !== undefined) checkRegion(request.region, deployment, '--region');
  const filter = { limit, ...(states.length > 0 ? { states } : {}), ...(request.region === undefined ? {} : { region: request.region }) };
  const jobs = await askAnyLedger(connectForReading(deployment, context).ledgers, (ledger) => ledger.listJobs(filter, callOptions(context)));
  context.output.result({ jobs: jobs.map(jobDocument) }, jobsView);
  return ExitCode.done;
}

function parseStatus(text: string): JobStatus {
  const status = jobStatuses.find((each) => each === text.trim().toUpperCase());
  if (status) return status;
  const near = closest(text, jobStatuses);
  throw usage('USAGE', `--state ${JSON.stringify(text)} is not a job's state${near ? `; did you mean ${near}?` : '.'}`, [`States: ${jobStatuses.join(', ')}.`]);
}
