const caller = 'src/core/caller.ts';
const judged = ['test/core/caller.test.ts'];
const asked = ['test/cli/caller.test.ts'];
const failures = ['test/cli/failures.test.ts'];
const secrets = ['test/e2e/secrets.test.ts'];

export const credentials = [
  {
    name: 'credentials of another account change nothing',
    tests: judged,
    changes: [{ file: caller, from: 'if (caller.account !== account) return', to: 'if (caller.account === \'\') return' }],
  },
  {
    name: 'nor those of another partition',
    tests: judged,
    changes: [{ file: caller, from: 'if (theirs !== partition) return', to: 'if (theirs === \'\') return' }],
  },
  {
    name: 'nor the observer role',
    tests: judged,
    changes: [{ file: caller, from: 'if (roles && roles.observer !== roles.operator && isSessionOf(caller.arn, roles.observer)) return', to: 'if (roles && roles.observer === roles.operator && isSessionOf(caller.arn, roles.observer)) return' }],
  },
  {
    name: 'a move asks who signs it',
    tests: asked,
    changes: [{ file: 'src/cli/caller.ts', from: '    refuseUnfit(caller, deployment);\n', to: '    void refuseUnfit; void caller;\n' }],
  },
  {
    name: 'it asks no STS of the Region that it leaves',
    tests: asked,
    changes: [{ file: 'src/cli/caller.ts', from: '.filter((region) => region !== leaving)', to: '.filter((region) => region !== leaving || region !== \'\')' }],
  },
  {
    name: 'credentials that STS refuses end it before any change',
    tests: asked,
    changes: [{ file: 'src/cli/caller.ts', from: 'if (refused) throw refused;', to: 'void refused;' }],
  },
  {
    name: 'an STS that does not answer is waited for no longer than its time',
    tests: asked,
    harm: 'waits',
    changes: [{ file: 'src/cli/caller.ts', from: 'timeoutMs, (signal) => readIdentity', to: '1e9, (signal) => readIdentity' }, { file: 'src/cli/caller.ts', from: 'const timeoutMs = 3000;', to: '' }],
  },
  {
    name: 'refused credentials end with 4',
    tests: failures,
    changes: [{ file: 'src/core/failure.ts', from: "if (credentialNames.has(name) || credentialNames.has(code)) return 'credentials';", to: '' }],
  },
  {
    name: 'so does a refused permission',
    tests: failures,
    changes: [{ file: 'src/core/failure.ts', from: "if (permissionNames.has(name) || permissionNames.has(code) || status === 403) return 'permission';", to: '' }],
  },
  {
    name: 'a role is assumed in the other Region when the first one\'s STS is gone',
    tests: ['test/aws/credentials.test.ts'],
    says: 'socket hang up',
    changes: [{ file: 'src/aws/credentials.ts', from: 'for (const look of [asConfigured, ...elsewhere]) {', to: 'void elsewhere; for (const look of [asConfigured]) {' }],
  },
  {
    name: 'credentials that were refused are not tried elsewhere',
    tests: ['test/aws/credentials.test.ts'],
    changes: [{ file: 'src/aws/credentials.ts', from: 'if (!isTransient(error)) break;', to: 'void isTransient;' }],
  },
  {
    name: 'a proxy\'s password is repeated nowhere',
    tests: ['test/aws/proxy.test.ts'],
    changes: [{ file: 'src/aws/environment-proxy.ts', from: '`${name} names no proxy that can be used: it must be', to: '`${name} (${text}) names no proxy that can be used: it must be' }],
  },
  {
    name: 'signatures stay out of the sandbox\'s log',
    tests: ['test/sandbox/host/listeners.test.ts'],
    changes: [{ file: 'src/sandbox/host/http-adapter.ts', from: "return (url ?? '').split('?')[0] ?? '';", to: "return url ?? '';" }],
  },
  {
    name: 'every end-to-end command is searched for presigned URLs',
    tests: secrets,
    changes: [{ file: 'test/e2e/secrets.ts', from: "if (presigned.test(text)) return 'a presigned URL';", to: '' }],
  },
  {
    name: 'and for secret keys',
    tests: secrets,
    changes: [{ file: 'test/e2e/secrets.ts', from: 'secrets().some((secret) => text.includes(secret))', to: 'secrets().some((secret) => text === secret)' }],
  },
  {
    name: 'so is everything that it keeps',
    tests: secrets,
    changes: [{ file: 'test/e2e/secrets.ts', from: "for (const file of [...filesUnder(path.join(home, 'state')), path.join(sandbox, 'sandbox.log')]) {", to: 'for (const file of filesUnder(path.join(home, \'nothing\'))) {' }],
  },
];
