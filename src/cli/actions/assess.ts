import { otherRegion, controlOf } from '../../core/view.js';
import type { Assessment } from '../../core/recommendation-types.js';
import { assess } from '../../core/assess.js';
import type { Snapshot } from '../../core/snapshot.js';
import { ExitCode } from '../../errors.js';
import type { Page } from '../../ui/output.js';
import { formatUtcWithAge } from '../../ui/quantities.js';
import { printable } from '../../ui/printable.js';
import { healthMark, roleText } from '../../ui/theme.js';
import { recommendationLines, signalLine } from '../../ui/views/recommendation.js';
import { checkRegion, connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { look, parseMode } from './look.js';

export interface AssessmentDocument extends Assessment {
  deployment: string;
  observedAt: string;
}

export async function showAssessment(context: CommandContext, request: { to?: string; mode: string }): Promise<ExitCode> {
  const mode = parseMode(request.mode);
  const deployment = await context.deployment();
  if (request.to !== undefined) checkRegion(request.to, deployment, '--to');
  const ports = connectForReading(deployment, context);
  const { snapshot, assessment: advice } = await look(deployment, ports, context);
  const to = request.to ?? (mode === 'auto' ? undefined : standbyOf(snapshot));
  // Nothing asked for in particular: the very advice that status gives.
  const assessment = to === undefined ? advice : assess(snapshot, deployment.policy, { to, ...(mode === 'auto' ? {} : { mode }) });
  const document: AssessmentDocument = { deployment: deployment.name, observedAt: snapshot.observedAt, ...assessment };
  context.output.result(document, assessmentView);
  const { verdict, action } = assessment.recommendation;
  // To be advised to stay is no refusal.
  return verdict === 'GO' || verdict === 'GO_WITH_DATA_RISK' || action === 'stay' ? ExitCode.done : ExitCode.refused;
}

function standbyOf(snapshot: Snapshot): string | undefined {
  const control = controlOf(snapshot);
  return control.known && control.value ? otherRegion(snapshot, control.value.activeRegion) : undefined;
}

function assessmentView(document: AssessmentDocument, page: Page): string[] {
  return [
    `${page.theme.heading(printable(document.deployment))}  ${page.theme.faint(`seen ${formatUtcWithAge(document.observedAt, page.now)}`)}`,
    '',
    ...recommendationLines(document.recommendation, page),
    '',
    ...Object.values(document.regions).flatMap((region) => [
      `${page.theme.strong(region.region)}  ${roleText(region.role)}  ${healthMark(region.health, page.theme)}`,
      ...region.signals.map((signal) => `  ${signalLine(signal, page)}`),
    ]),
  ];
}
