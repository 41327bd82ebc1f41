import { ok, type Check } from './doctor-finding.js';

export const proxy: Check = {
  name: 'proxy',
  title: 'what stands between this host and AWS',
  judge({ proxy: host }) {
    return [ok('this host', host === null ? 'calls AWS directly' : `calls AWS through the proxy ${host}: where that one fails, both Regions look dark from here, and only their own observers tell`)];
  },
};
