import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

/** AWS refuses a signature that is five minutes off (Signature Version 4); leases are read against this clock too. */
const refusedAfterSeconds = 300;

export const clock: Check = {
  name: 'clock',
  title: 'this host\'s clock against AWS\'s',
  judge({ clockSkewSeconds: skew }) {
    if (!skew.known) return [notSeen('this host', 'AWS\'s time could not be read', skew, 'Try again when the network answers.')];
    const seconds = Math.round(skew.value);
    const told = seconds === 0 ? 'agrees to the second' : `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
    if (Math.abs(seconds) >= refusedAfterSeconds * 0.8) return [bad('this host', `${told}: AWS refuses what it signs from ${refusedAfterSeconds} s on`, 'Set the clock: turn on NTP.')];
    return [Math.abs(seconds) > 5 ? warn('this host', `${told}: leases and ages are read wrongly by as much`, 'Turn on NTP.') : ok('this host', told)];
  },
};
