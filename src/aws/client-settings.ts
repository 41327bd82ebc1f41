import { NODE_APP_ID_CONFIG_OPTIONS } from '@aws-sdk/core/client';
import { loadConfig, NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS, NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS } from '@smithy/core/config';

/**
 * Every option that a client would otherwise look up in the environment and the shared configuration files, for itself
 * and before its first call. How often and for how long a call is tried is ours to promise, not a profile's to change.
 */
const ours = {
  defaultsMode: 'legacy' as const,
  retryMode: 'standard',
  authSchemePreference: [],
  // One URL cannot be two Regions. It would lead a real deployment into whatever a shell was pointed at, such as a sandbox.
  ignoreConfiguredEndpointUrls: true,
  // CloudWatch
  disableRequestCompression: false,
  requestMinCompressionSizeBytes: 10_240,
  // DynamoDB
  accountIdEndpointMode: 'preferred' as const,
  endpointDiscoveryEnabledProvider: () => Promise.resolve(undefined),
  // S3
  disableS3ExpressSessionAuth: true,
  requestChecksumCalculation: 'WHEN_SUPPORTED' as const,
  responseChecksumValidation: 'WHEN_SUPPORTED' as const,
  useArnRegion: () => Promise.resolve(undefined),
  // Multi-Region Access Points bring their own; anything else is signed for the client's Region.
  sigv4aSigningRegionSet: () => Promise.resolve(undefined),
};

export type ClientSettings = ReturnType<typeof settingsFromSurroundings> | typeof closedSettings;

/**
 * `simulated`: there is one set of endpoints, and nothing that the shell happens to say about AWS applies to it. Else
 * AWS is reached as operators are told to here, through FIPS or dual-stack endpoints; that is read once for all clients.
 */
export function clientSettings({ simulated, profile }: { simulated: boolean; profile?: string }): ClientSettings {
  return simulated ? closedSettings : settingsFromSurroundings(profile);
}

const closedSettings = {
  ...ours,
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  userAgentAppId: () => Promise.resolve(undefined),
};

function settingsFromSurroundings(profile: string | undefined) {
  const where = profile === undefined ? {} : { profile };
  return {
    ...ours,
    useFipsEndpoint: loadConfig(NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS, where),
    useDualstackEndpoint: loadConfig(NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS, where),
    userAgentAppId: loadConfig(NODE_APP_ID_CONFIG_OPTIONS, where),
  };
}
