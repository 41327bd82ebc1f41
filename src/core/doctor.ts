import type { Deployment } from '../config/schema.js';
import { quotas } from './doctor-capacity.js';
import { clock } from './doctor-clock.js';
import { credentials } from './doctor-credentials.js';
import { mail, replication } from './doctor-data.js';
import { codeVersions, descriptionDrift } from './doctor-deployment.js';
import type { DoctorFacts } from './doctor-facts.js';
import type { Check, Finding } from './doctor-finding.js';
import { proxy } from './doctor-network.js';
import { permissions } from './doctor-permissions.js';
import { arcEndpoints, mrapControlRegions } from './doctor-routing.js';
import { alarms, rehearsal, targets } from './doctor-watching.js';

/** In the order in which they would hurt. */
export const checks: readonly Check[] = [
  credentials, clock, proxy, arcEndpoints, mrapControlRegions, permissions, descriptionDrift, codeVersions, replication, quotas, alarms, mail, rehearsal, targets,
];

export function diagnose(facts: DoctorFacts, deployment: Deployment): Finding[] {
  return checks.flatMap((check) => check.judge(facts, deployment).map((finding) => ({ check: check.name, ...finding })));
}
