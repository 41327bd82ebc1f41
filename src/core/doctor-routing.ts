import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

/** A cluster works as long as three of its five endpoints do; one or two may be under maintenance at any time. */
const endpointsNeeded = 3;

export const arcEndpoints: Check = {
  name: 'arc-endpoints',
  title: 'each ARC endpoint, one by one',
  judge({ arcEndpoints: endpoints }) {
    if (endpoints === null) return [ok('the deployment', 'runs without routing controls')];
    const answering = Object.values(endpoints).filter((endpoint) => endpoint.known).length;
    const total = Object.keys(endpoints).length;
    const all = answering < endpointsNeeded
      ? bad('all endpoints', `${answering} of ${total} answer`, 'A flip needs a quorum of three; check the network of this host and the endpoints in the deployment file.')
      : ok('all endpoints', `${answering} of ${total} answer`);
    return [all, ...Object.entries(endpoints).map(([region, endpoint]) => (endpoint.known
      ? ok(region, Object.entries(endpoint.value).map(([of, state]) => `${of} ${state}`).join(', '))
      : notSeen(region, 'did not answer', endpoint, 'One or two may be under maintenance; look again in a while.')))];
  },
};

export const mrapControlRegions: Check = {
  name: 'mrap-control-regions',
  title: 'each Region that takes changes of the access point\'s routes',
  judge({ mrapControlRegions: regions }) {
    const answering = Object.values(regions).filter((region) => region.known).length;
    const total = Object.keys(regions).length;
    const told = `${answering} of ${total} answer`;
    const all = answering === 0 ? bad('all control Regions', told, 'New uploads could not be led elsewhere; check the network of this host and s3:GetMultiRegionAccessPointRoutes.')
      : answering < 2 ? warn('all control Regions', told, 'Two are wanted; look again in a while.') : ok('all control Regions', told);
    return [all, ...Object.entries(regions).flatMap(([region, answer]) => (answer.known ? [] : [notSeen(region, 'did not answer', answer, 'Any other one will do; look again in a while.')]))];
  },
};
