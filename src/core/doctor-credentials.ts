import type { CredentialFacts, DoctorFacts } from './doctor-facts.js';
import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

const minute = 60_000;

/** Long-lived break-glass credentials are AWS's own advice for ARC (best practices for routing control). */
const breakGlass = 'Keep long-lived break-glass credentials of the operator policies in a safe, and use them here: infra/README.md';

/** Which services have to work so that calls can be signed at all. */
const dependences: Partial<Record<CredentialFacts['kind'], string>> = {
  'Identity Center': 'they need IAM Identity Center, which lives in one Region: when that one fails, nobody can sign in',
  'web identity': 'they need an identity provider and STS to answer when they are renewed',
  'assumed role': 'STS has to answer when they are renewed',
  process: 'a program on this host has to work when they are renewed',
};

export const credentials: Check = {
  name: 'credentials',
  title: 'how calls are signed, and for how long',
  judge({ credentials: seen, identities, accessPoint, at }, { account }) {
    if (!seen.known) return [bad('this host', `no credentials: ${seen.reason}`, 'Sign in, or set AWS_PROFILE, or "credentials" in the deployment file.')];
    const { kind, expiresAt } = seen.value;
    const dependence = dependences[kind];
    return [
      dependence === undefined ? ok('this host', kind) : warn('this host', `${kind}: ${dependence}`, breakGlass),
      ...(expiresAt === null ? [] : [expiry(Date.parse(expiresAt) - Date.parse(at), expiresAt)]),
      ...Object.entries(identities).map(([region, identity]) => {
        if (!identity.known && identity.failure === 'credentials') return bad(region, `AWS refuses them: ${identity.reason}`, 'Sign in again, before anything else: whatever else is unknown here is so for that.');
        if (!identity.known) return notSeen(region, 'the Regional STS endpoint did not answer', identity, 'Try again; if it goes on, check the network path to this Region.');
        if (identity.value.account !== account) return bad(region, `signed in to account ${identity.value.account}, and the deployment lives in ${account}`, 'Use credentials of the deployment\'s account.');
        return ok(region, `${identity.value.arn}, told by the Region's own STS endpoint`);
      }),
      throughAccessPoint(accessPoint, kind, Object.values(identities).some((identity) => identity.known)),
    ];
  },
};

/** Said wherever a session was refused by the access point, and by nothing else. */
export const regionalSessions = 'Get the session from a Regional STS endpoint: export AWS_STS_REGIONAL_ENDPOINTS=regional (or sts_regional_endpoints = regional in the profile), then sign in again';

/**
 * Sessions of the global STS endpoint are taken everywhere but by Multi-Region Access Points, where all that is said is that
 * something failed. Source: Amazon S3 User Guide, "Making requests through a Multi-Region Access Point".
 */
function throughAccessPoint(seen: DoctorFacts['accessPoint'], kind: CredentialFacts['kind'], accepted: boolean): ReturnType<typeof ok> {
  if (seen.known) return ok('access point', 'takes what they sign for all Regions');
  const refused = seen.failure === 'service' || seen.failure === 'credentials';
  if (!refused || !accepted || kind === 'long-lived keys') return notSeen('access point', 'it did not say whether it takes them', seen, 'Try again; uploads and links need it.');
  return bad('access point', `does not take this session (${seen.reason}), which Regional STS endpoints do: it probably came from the global one`, `${regionalSessions}. Uploads and links do not work without.`);
}

function expiry(leftMs: number, expiresAt: string): ReturnType<typeof ok> {
  const left = `they expire ${expiresAt}, in ${Math.max(0, Math.round(leftMs / minute))} min`;
  if (leftMs < 15 * minute) return bad('this host', left, 'Renew them before anything else.');
  return leftMs < 60 * minute ? warn('this host', left, 'Renew them before a move: a move may take longer.') : ok('this host', left);
}
