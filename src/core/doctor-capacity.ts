import { bad, notSeen, ok, type Check } from './doctor-finding.js';

/** A standby that may do less than the active Region fails the day it has to do the same. */
export const quotas: Check = {
  name: 'quotas',
  title: 'limits of the one Region against the other\'s',
  judge({ quotas: seen }, { home, other }) {
    const [atHome, atOther] = [seen[home], seen[other]];
    const unseen = [[home, atHome], [other, atOther]] as const;
    const missing = unseen.flatMap(([region, quota]) => (quota && !quota.known ? [notSeen(region, 'limits could not be read', quota, 'Needs lambda:GetAccountSettings; look again when the Region answers.')] : []));
    if (missing.length > 0 || !atHome?.known || !atOther?.known) return missing;
    return Object.entries(atHome.value).map(([name, limit]) => {
      const there = atOther.value[name];
      if (there === limit) return ok('both Regions', `${name}: ${limit}`);
      const lower = there === undefined || there < limit ? other : home;
      return bad(lower, `${name}: ${home} has ${limit}, ${other} has ${there ?? 'none'}`, `Ask for the same in ${lower} with Service Quotas.`);
    });
  },
};
