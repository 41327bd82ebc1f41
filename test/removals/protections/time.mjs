const clocks = 'src/aws/steady-clock.ts';
const steady = ['test/aws/steady-clock.test.ts'];
const corrected = ['test/aws/clock-correction.test.ts'];
const situations = ['test/core/assess.test.ts'];
const operations = ['test/aws/ledger/operations.test.ts'];

export const time = [
  {
    name: 'setting the host\'s clock moves no lease and no deadline of an operation',
    tests: steady,
    changes: [{ file: clocks, from: 'return new Date(began.wallMs + passedMs + suspendedMs);', to: 'return new Date(sources.wallMs());' }],
  },
  {
    name: 'that it was set is said',
    tests: steady,
    changes: [{ file: clocks, from: '    onJump(Math.round((aheadMs - jumpedMs) / 1000));\n', to: '' }],
  },
  {
    name: 'a host that slept does not believe in its lease',
    tests: steady,
    changes: [{ file: clocks, from: 'if (unseenMs > suspendedMs + noticeableMs) suspendedMs = unseenMs;', to: '' }],
  },
  {
    name: 'an operation goes by it',
    tests: ['test/cli/steadily.test.ts'],
    changes: [{ file: 'src/cli/steadily.ts', from: 'return { ...context, clock };', to: 'void clock;\n  return { ...context };' }],
  },
  {
    name: 'a call that was refused for the clock is made again by AWS\'s',
    tests: corrected,
    changes: [{ file: 'src/aws/clock-correction.ts', from: "      if (failureKind(error) !== 'clock' || isSpent(args)) throw error;\n      return next(args);", to: '      throw error;' }],
    says: 'InvalidSignatureException',
  },
  {
    name: 'a file that was read already is not sent again',
    tests: corrected,
    changes: [{ file: 'src/aws/clock-correction.ts', from: " || isSpent(args)", to: '' }],
  },
  {
    name: 'what a wrong clock was refused says nothing of a Region',
    tests: corrected,
    changes: [{ file: 'src/aws/repeated-call.ts', from: '        ended.length = 0;\n', to: '' }],
  },
  {
    name: 'a wrong clock is said',
    tests: corrected,
    changes: [{ file: 'src/aws/clock-correction.ts', from: "if (failureKind(error) === 'clock') say(error);", to: 'void say;' }],
  },
  {
    name: 'a wrong clock is no wrong key',
    tests: ['test/cli/failures.test.ts'],
    changes: [{ file: 'src/core/failure.ts', from: "  if (isOfTheClock(shape)) return 'clock';\n", to: '  void isOfTheClock;\n' }],
  },
  {
    name: 'what a clock was refused is no evidence',
    tests: ['test/core/assess.test.ts'],
    changes: [{ file: 'src/core/probe-sample.ts', from: " || failure === 'clock'", to: '' }],
  },
  {
    name: 'a clock that is off by a lease moves nothing',
    tests: situations,
    changes: [{ file: 'src/core/clock-skew.ts', from: 'if (Math.abs(ahead) >= policy.lockLeaseSeconds) return', to: 'if (Math.abs(ahead) >= 1e9) return' }],
  },
  {
    name: 'a clock that is a little off is warned of',
    tests: situations,
    changes: [{ file: 'src/core/clock-skew.ts', from: 'Math.abs(ahead) <= policy.clockSkewWarnSeconds', to: 'Math.abs(ahead) <= policy.lockLeaseSeconds' }],
  },
  {
    name: 'the doctor tells a wrong clock',
    tests: ['test/core/doctor.test.ts'],
    changes: [{ file: 'src/core/doctor-clock.ts', from: 'if (Math.abs(seconds) >= refusedAfterSeconds * 0.8) return', to: 'if (Math.abs(seconds) >= 1e9) return' }],
  },
  {
    name: 'the lock of an operation that runs is not taken',
    tests: operations,
    changes: [{ file: 'src/aws/ledger/operator-writes.ts', from: "'attribute_not_exists(pk) OR #operationId = :operationId OR #leaseEndsAt < :now'", to: "'attribute_not_exists(pk) OR #operationId = :operationId OR #leaseEndsAt > :now'" }],
  },
  {
    name: 'jobs are listed from a day ahead: whoever stamped them may have a fast clock',
    tests: ['test/aws/ledger/lists.test.ts'],
    changes: [{ file: 'src/aws/ledger/reads.ts', from: 'const newestDays = [-1, 0];', to: 'const newestDays = [0];' }],
  },
  {
    name: 'the access point\'s refusal of a session of the global STS endpoint is told as one',
    tests: ['test/core/doctor.test.ts'],
    changes: [{ file: 'src/core/doctor-credentials.ts', from: "if (!refused || !accepted || kind === 'long-lived keys') return notSeen", to: "if (!refused || !accepted || kind) return notSeen" }],
  },
  {
    name: 'the sandbox\'s access point refuses such a session',
    tests: ['test/sandbox/wire/signatures.test.ts'],
    changes: [{ file: 'src/sandbox/wire/authenticate.ts', from: '  checkEndpointOfSession(claim, key);\n', to: '  void checkEndpointOfSession;\n' }],
  },
];
