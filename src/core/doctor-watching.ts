import type { Policy } from './policy.js';
import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

/** Rehearsals older than this are history: people, code and quotas have changed since. */
const staleDrillDays = 90;

export const alarms: Check = {
  name: 'alarms',
  title: 'alarms that would tell nobody',
  judge({ alarms: seen }, { regions }) {
    return Object.entries(seen).flatMap(([region, answer]) => {
      if (!answer.known) return [notSeen(region, 'alarms could not be read', answer, 'Needs cloudwatch:DescribeAlarms; look again when the Region answers.')];
      const wanted = regions[region]?.alarms ?? [];
      if (wanted.length === 0) return [warn(region, 'the deployment has no alarms here', 'Nobody is told when this Region fails: make alarms on its dead-letter queue, failed executions and canary, or watch it with batchctl status --watch.')];
      const silent = wanted.flatMap((name) => {
        const alarm = answer.value.find((each) => each.name === name);
        if (!alarm) return [bad(region, `${name} does not exist`, 'Deploy the stacks again.')];
        if (alarm.actions === 0) return [bad(region, `${name} has no action: it tells nobody`, 'Give it the alert topic: deploy with -c alertsTo=ADDRESS')];
        return alarm.actionsEnabled ? [] : [bad(region, `the actions of ${name} are switched off`, `Switch them on: aws cloudwatch enable-alarm-actions --alarm-names ${name} --region ${region}`)];
      });
      return silent.length > 0 ? silent : [ok(region, `${wanted.length} alarms, each with an action`)];
    });
  },
};

export const rehearsal: Check = {
  name: 'drill',
  title: 'when a move was last rehearsed',
  judge({ lastRehearsalAt: last, at }, { name }) {
    if (!last.known) return [notSeen('the deployment', 'past operations could not be read', last, 'Look again when the ledger answers.')];
    const fix = `Rehearse a planned move: batchctl -d ${name} drill --scenario planned-move`;
    if (last.value === null) return [warn('the deployment', 'it has never been moved: nobody knows whether that works', fix)];
    const days = Math.floor((Date.parse(at) - Date.parse(last.value)) / 86_400_000);
    return [days > staleDrillDays ? warn('the deployment', `last moved ${days} days ago`, fix) : ok('the deployment', `last moved ${last.value}`)];
  },
};

/** A target that nobody can meet, or that says nothing, hides every miss. */
export const targets: Check = {
  name: 'targets',
  title: 'the targets that drills and reports are held against',
  judge(_facts, { policy }) {
    return [targetsOf(policy)];
  },
};

function targetsOf({ rtoTargetSeconds, rpoTargetObjects, lockLeaseSeconds }: Policy): ReturnType<typeof ok> {
  if (rtoTargetSeconds < lockLeaseSeconds) return warn('the policy', `the target of ${rtoTargetSeconds} s is shorter than the lock's lease of ${lockLeaseSeconds} s, which a takeover from a crashed operator has to wait for`, 'Raise rtoTargetSeconds or lower lockLeaseSeconds in the deployment file.');
  return ok('the policy', `RTO ${rtoTargetSeconds} s, RPO ${rpoTargetObjects} inputs`);
}
