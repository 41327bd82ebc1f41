import type { Deployment } from '../../config/schema.js';
import { quotas } from './capacity.js';
import { clock } from './clock.js';
import { credentials } from './credentials.js';
import { mail, replication } from './data.js';
import { codeVersions, descriptionDrift } from './deployment.js';
import type { DoctorFacts } from './facts.js';
import type { Check, Finding } from './finding.js';
import { permissions } from './permissions.js';
import { arcEndpoints, mrapControlRegions } from './routing.js';
import { alarms, rehearsal, targets } from './watching.js';

/** In the order in which they would hurt. */
export const checks: readonly Check[] = [
  credentials, clock, arcEndpoints, mrapControlRegions, permissions, descriptionDrift, codeVersions, replication, quotas, alarms, mail, rehearsal, targets,
];

export function diagnose(facts: DoctorFacts, deployment: Deployment): Finding[] {
  return checks.flatMap((check) => check.judge(facts, deployment).map((finding) => ({ check: check.name, ...finding })));
}
