const adapter = 'src/sandbox/host/http-adapter.ts';
const listeners = ['test/sandbox/host/listeners.test.ts'];
const authenticate = 'src/sandbox/wire/authenticate.ts';
const signatures = ['test/sandbox/wire/signatures.test.ts'];
const loading = ['test/config/load.test.ts'];
const mixedUp = ['test/cli/sandbox-or-aws.test.ts'];
const clients = ['test/aws/clients.test.ts'];

export const sandbox = [
  {
    name: 'the sandbox listens on loopback alone',
    tests: listeners,
    changes: [{ file: 'src/sandbox/host/listeners.ts', from: 'server.listen(port, loopbackAddress(), () => {', to: 'server.listen(port, loopbackAddress().length > 99 ? \'\' : \'0.0.0.0\', () => {' }],
  },
  {
    name: 'it answers for AWS\'s host names alone',
    tests: listeners,
    changes: [{ file: adapter, from: 'if (!isSandboxHost(request.headers.host)) {', to: 'if (!isSandboxHost(request.headers.host) && request.method === \'\') {' }],
  },
  {
    name: 'a name that ends like one of AWS\'s is none',
    tests: listeners,
    changes: [{ file: adapter, from: '/(?:^|\\.)(?:amazonaws', to: '/(?:amazonaws' }],
  },
  {
    name: 'it is administered with its token alone',
    tests: ['test/sandbox/host/start.test.ts'],
    changes: [{ file: 'src/sandbox/host/admin.ts', from: 'return given.length === wanted.length && timingSafeEqual(given, wanted);', to: 'return given.length === wanted.length && timingSafeEqual(given, wanted) || true;' }],
  },
  {
    name: 'what clients need to reach it is for its owner alone',
    tests: ['test/sandbox/host/start.test.ts'],
    changes: [{ file: 'src/sandbox/host/files.ts', from: "open(temporary, 'wx', 0o600)", to: "open(temporary, 'wx', 0o644)" }],
  },
  {
    name: 'a call that is not signed is refused',
    tests: signatures,
    changes: [{ file: authenticate, from: "if (!claim) throw refusal('unsigned',", to: "if (!claim) return { arn: 'anybody', accessKeyId: '', origin: 'operator' }; if (!claim) throw refusal('unsigned'," }],
  },
  {
    name: 'keys that it did not make are refused',
    tests: signatures,
    changes: [{ file: authenticate, from: "if (!key) throw refusal('unknown-key',", to: "if (!key) return { arn: 'anybody', accessKeyId: '', origin: 'operator' }; if (!key) throw refusal('unknown-key'," }],
  },
  {
    name: 'a real account\'s key that is used with it is told',
    tests: signatures,
    changes: [{ file: 'src/sandbox/wire/door.ts', from: 'strangers.note(claim.accessKeyId, entry.service);', to: 'void strangers;' }],
  },
  {
    name: 'a signature is verified',
    tests: signatures,
    changes: [{ file: authenticate, from: "if (!matches) throw refusal('bad-signature',", to: "if (matches === undefined) throw refusal('bad-signature'," }],
  },
  {
    name: 'so is the one of SigV4A',
    tests: signatures,
    changes: [{ file: 'src/sandbox/wire/signature.ts', from: "return verify('sha256', Buffer.from(text), verifyingKey(claim.accessKeyId, options.secretAccessKey), Buffer.from(claim.signature, 'hex'));", to: "return verify('sha256', Buffer.from(text), verifyingKey(claim.accessKeyId, options.secretAccessKey), Buffer.from(claim.signature, 'hex')) || true;" }],
  },
  {
    name: 'temporary credentials need their token',
    tests: signatures,
    changes: [{ file: authenticate, from: 'if (key.sessionToken !== undefined && claim.sessionToken !== key.sessionToken) throw', to: 'if (key.sessionToken === \'\') throw' }],
  },
  {
    name: 'temporary credentials expire',
    tests: signatures,
    changes: [{ file: authenticate, from: 'if (key.expiresAt !== undefined && key.expiresAt <= now) throw', to: 'if (key.expiresAt === -1) throw' }],
  },
  {
    name: 'a function of the sandbox reaches no real AWS',
    tests: ['test/sandbox/host/connect-to.test.ts'],
    changes: [{ file: 'src/sandbox/host/connect-to.ts', from: 'if (awsHost.test(host)) throw', to: 'if (host === \'\' && awsHost.test(host)) throw' }],
  },
  {
    name: 'with -d sandbox a host that no rule maps is not dialled',
    tests: ['test/aws/connect-to.test.ts'],
    changes: [{ file: 'src/aws/connect-to.ts', from: 'const rule = compiled.find((candidate) => candidate.pattern.test(host));', to: 'const rule = compiled.find((candidate) => candidate.pattern.test(host)) ?? compiled[0];' }],
  },
  {
    name: 'an endpoint of the shell leads no call elsewhere',
    tests: clients,
    changes: [{ file: 'src/aws/client-settings.ts', from: '  ignoreConfiguredEndpointUrls: true,\n', to: '' }],
  },
  {
    name: 'nothing that the shell says about AWS applies to the sandbox',
    tests: clients,
    changes: [{ file: 'src/aws/client-settings.ts', from: 'return simulated ? closedSettings : settingsFromSurroundings(profile);', to: 'return simulated && profile === \'\' ? closedSettings : settingsFromSurroundings(profile);' }],
  },
  {
    name: 'nothing that is redirected is signed with real keys',
    tests: mixedUp,
    changes: [{ file: 'src/aws/credentials.ts', from: 'if (isSandboxKey(credentials.accessKeyId)) return credentials;', to: 'if (isSandboxKey(credentials.accessKeyId) || credentials) return credentials;' }],
  },
  {
    name: 'a sandbox takes its keys from the file or the shell, and asks AWS for none',
    tests: mixedUp,
    changes: [{ file: 'src/aws/credentials.ts', from: "() => Promise.resolve().then(() => ofSandbox(namedByShell()));", to: "findCredentials({ ...reach.credentials, regions: [] }); if (!reach) namedByShell();" }],
  },
  {
    name: 'a sandbox\'s keys are used on no deployment on AWS',
    tests: mixedUp,
    changes: [{ file: 'src/cli/start.ts', from: '  refuseStraySandboxKeys(deployment, env);\n', to: '  void refuseStraySandboxKeys;\n' }],
  },
  {
    name: 'roles are assumed at no endpoint of the shell',
    tests: ['test/aws/credentials.test.ts'],
    changes: [{ file: 'src/aws/credentials.ts', from: 'ignoreConfiguredEndpointUrls: true, ', to: '' }],
  },
  {
    name: 'an ARC endpoint is one of AWS\'s',
    tests: loading,
    changes: [{ file: 'src/config/schema.ts', from: 'if (!isArcEndpoint(endpoint, name)) context', to: 'if (!isArcEndpoint(endpoint, name) && name === \'\') context' }],
  },
  {
    name: 'calls to the sandbox go through no proxy',
    tests: ['test/aws/proxy.test.ts'],
    harm: 'waits',
    changes: [{ file: 'src/aws/client-pool.ts', from: 'if (reach.transport) return', to: 'if (reach.transport && !process.env[\'HTTPS_PROXY\']) return' }],
  },
];
