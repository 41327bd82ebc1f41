import { inspectDeployment } from '../../aws/inspection/inspect.js';
import { diagnose } from '../../core/doctor.js';
import { ExitCode } from '../../errors.js';
import { doctorView } from '../../ui/views/doctor.js';
import { connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';

/** Looks for everything that would hurt at 3 a.m.; reads only. Exit code 1 when something is bad, 4 without credentials that AWS accepts. */
export async function doctor(context: CommandContext): Promise<ExitCode> {
  const deployment = await context.deployment();
  const facts = await inspectDeployment(deployment, connectForReading(deployment, context), { clock: context.clock, signal: context.signal });
  const findings = diagnose(facts, deployment);
  const count = (level: string): number => findings.filter((finding) => finding.level === level).length;
  context.output.result({ deployment: deployment.name, lookedAt: facts.at, counts: { ok: count('ok'), warn: count('warn'), bad: count('bad'), unknown: count('unknown') }, findings }, doctorView(context.flags.verbose));
  const refused = Object.values(facts.identities).every((identity) => !identity.known && identity.failure === 'credentials');
  if (!facts.credentials.known || refused) return ExitCode.credentials;
  return count('bad') > 0 ? ExitCode.failed : ExitCode.done;
}
