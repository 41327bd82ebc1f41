import type { Deployment } from '../config/schema.js';
import type { Unknown } from './observation.js';
import type { SignalLevel } from './recommendation-types.js';
import type { DoctorFacts } from './doctor-facts.js';

/** One thing looked at. What is not ok says what to do about it. */
export interface Finding {
  /** Stable, such as `credentials` or `arc-endpoints`. */
  check: string;
  level: SignalLevel;
  /** What it is about: a Region, an endpoint, the deployment. */
  subject: string;
  detail: string;
  /** What to do about it; null when it is ok. */
  fix: string | null;
}

export interface Check {
  name: string;
  /** What it would hurt at 3 a.m., in a few words. */
  title: string;
  judge(facts: DoctorFacts, deployment: Deployment): Omit<Finding, 'check'>[];
}

type Judged = Omit<Finding, 'check'>;

export function ok(subject: string, detail: string): Judged {
  return { level: 'ok', subject, detail, fix: null };
}

export function warn(subject: string, detail: string, fix: string): Judged {
  return { level: 'warn', subject, detail, fix };
}

export function bad(subject: string, detail: string, fix: string): Judged {
  return { level: 'bad', subject, detail, fix };
}

/** Nobody could look: neither good nor bad (invariant 6). */
export function notSeen(subject: string, what: string, unseen: Unknown, fix: string): Judged {
  return { level: 'unknown', subject, detail: `${what}: ${unseen.reason}`, fix };
}
