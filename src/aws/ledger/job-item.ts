import type { Job } from '../../core/job.js';
import { prefixes } from '../../core/layout.js';
import type { AcceptedJob } from '../../workflow/ledger-ports.js';
import { type Attributes, decodeMembers, encodeMembers, type Plain } from './attributes.js';
import { acceptanceSort, dayOf, dayShard, jobKey, openShard, presencePrefix, shardOf } from './keys.js';

const ledgerOnly = new Set(['pk', 'sk', 'openShard', 'openSort', 'dayShard', 'daySort']);

/**
 * The row of a job that was just accepted, with its places in both indexes. A synthetic job has none: an index entry
 * needs its sort key too, and nothing after acceptance ever writes one.
 */
export function acceptedJobItem(accepted: AcceptedJob): Attributes {
  const { presentIn, ...facts } = accepted;
  return {
    ...jobKey(accepted.jobId),
    ...encodeMembers({ ...facts, status: 'ACCEPTED', notification: 'NONE' }),
    ...presenceAttributes(presentIn ?? {}),
    ...(isSynthetic(accepted.key) ? {} : indexAttributes(accepted)),
  };
}

function indexAttributes({ jobId, acceptedAt }: AcceptedJob): Attributes {
  const sort = acceptanceSort(acceptedAt, jobId);
  return encodeMembers({ openShard: openShard('open', jobId), openSort: sort, dayShard: dayShard(dayOf(acceptedAt), shardOf(jobId)), daySort: sort });
}

/** Canary jobs prove the path; they are nobody's work. */
export function isSynthetic(key: string): boolean {
  return key.startsWith(prefixes.canary);
}

/**
 * Presence stamps are attributes of their own, not members of a map: two Regions stamp the same row at the same time,
 * and an update of a map's member needs the map to exist.
 */
function presenceAttributes(presentIn: Record<string, string>): Attributes {
  return encodeMembers(Object.fromEntries(Object.entries(presentIn).map(([region, at]) => [`${presencePrefix}${region}`, at])));
}

export function jobOf(item: Attributes): Job {
  const job: Record<string, Plain> = {};
  const presentIn: Record<string, string> = {};
  for (const [name, value] of Object.entries(decodeMembers(item))) {
    if (ledgerOnly.has(name)) continue;
    if (name.startsWith(presencePrefix)) presentIn[name.slice(presencePrefix.length)] = String(value);
    else job[name] = value;
  }
  return { ...(job as unknown as Job), presentIn };
}
