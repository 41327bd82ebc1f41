const local = 'src/cli/local-journal.ts';
const ofThisMachine = ['test/cli/local-journal.test.ts'];
const copies = ['test/workflow/journal.test.ts'];

export const journals = [
  {
    name: 'a plan or journal of another deployment moves nothing',
    tests: ['test/cli/foreign.test.ts'],
    changes: [{ file: 'src/cli/foreign.ts', from: 'plan.deployment === deployment.name && ', to: '' }],
  },
  {
    name: 'nor one of another account',
    tests: ['test/cli/foreign.test.ts'],
    changes: [{ file: 'src/cli/foreign.ts', from: ' && (plan.account ?? deployment.account) === deployment.account', to: '' }],
  },
  {
    name: '--resume asks whose journal it is',
    tests: ['test/cli/resume.test.ts'],
    changes: [{ file: 'src/cli/actions/resume.ts', from: '  refuseForeign(view.plan, deployment, `operation ${view.operationId}`);\n', to: '  void refuseForeign;\n' }],
  },
  {
    name: '--plan asks whose plan it is',
    tests: ['test/cli/saved-plan.test.ts'],
    changes: [{ file: 'src/cli/actions/move.ts', from: '  refuseForeign(saved, deployment, `the plan in ${file}`);\n', to: '  void refuseForeign;\n' }],
  },
  {
    name: 'a file that is no plan is refused as such',
    tests: ['test/cli/saved-plan.test.ts'],
    changes: [{ file: 'src/cli/actions/move.ts', from: "if (plan.schemaVersion === 1 && typeof plan.fingerprint === 'string' && typeof plan.to === 'string' && plan.facts) return plan as Plan;", to: 'return plan as Plan;' }],
  },
  {
    name: 'a journal that a newer batchctl wrote is not guessed at',
    tests: ['test/cli/resume.test.ts'],
    changes: [{ file: 'src/workflow/unfinished.ts', from: 'if (newer !== undefined) throw', to: 'if (newer === -1) throw' }],
  },
  {
    name: 'what was put back is not gone on with',
    tests: ['test/cli/resume.test.ts'],
    changes: [{ file: 'src/workflow/unfinished.ts', from: "if (result?.outcome !== 'cancelled' && result?.outcome !== 'refused') return;", to: "if (result !== null) return;" }],
  },
  {
    name: 'half a line, which a crash left, counts as absent',
    tests: ofThisMachine,
    says: 'in JSON at position',
    changes: [{ file: local, from: '    } catch {\n      continue;\n    }', to: '    } catch (error) {\n      throw error;\n    }' }],
  },
  {
    name: 'nothing is written on to half a line',
    tests: ofThisMachine,
    changes: [{ file: local, from: "await endsMidLine(file) ? '\\n' : ''", to: "await endsMidLine(file) ? '' : ''" }],
  },
  {
    name: 'a journal ends where an event is missing',
    tests: ofThisMachine,
    changes: [{ file: local, from: 'for (let event = events.get(0); event; event = events.get(whole.length)) whole.push(event);', to: 'whole.push(...events.values());' }],
  },
  {
    name: 'an event that was written twice counts once',
    tests: ofThisMachine,
    changes: [{ file: local, from: 'events.set(sequence, event);', to: 'events.set(events.size, event); void sequence;' }],
  },
  {
    name: 'no id leads out of the folder of journals',
    tests: ofThisMachine,
    changes: [{ file: local, from: "operationId.replace(/[^\\w.-]/g, '_')", to: 'operationId' }],
  },
  {
    name: 'journals are for their owner alone',
    tests: ofThisMachine,
    changes: [{ file: local, from: 'O_CREAT | O_NOFOLLOW, 0o600)', to: 'O_CREAT | O_NOFOLLOW, 0o644)' }],
  },
  {
    name: 'journals are written through no link',
    tests: ofThisMachine,
    changes: [{ file: local, from: 'O_CREAT | O_NOFOLLOW, 0o600)', to: 'O_CREAT, 0o600)' }],
  },
  {
    name: 'so is their folder',
    tests: ofThisMachine,
    changes: [{ file: local, from: 'mode: 0o700', to: 'mode: 0o755' }],
  },
  {
    name: 'journals that cannot be read stop nothing',
    tests: ['test/cli/tolerant-journal.test.ts'],
    says: 'ENOTDIR',
    changes: [{ file: 'src/cli/tolerant-journal.ts', from: 'if (code === undefined) throw error;', to: 'if (code !== \'\') throw error;' }],
  },
  {
    name: 'that they cannot be read is said',
    tests: ['test/cli/tolerant-journal.test.ts'],
    changes: [{ file: 'src/cli/tolerant-journal.ts', from: 'if (!said) warn(', to: 'if (said) warn(' }],
  },
  {
    name: 'a full disk stops no operation whose journal the ledger takes',
    tests: copies,
    says: 'could be written neither here',
    changes: [{ file: 'src/workflow/journal.ts', from: 'if (localFailure !== undefined && ledgerFailure !== undefined) throw', to: 'if (localFailure !== undefined || ledgerFailure !== undefined) throw' }],
  },
  {
    name: 'and it is said',
    tests: copies,
    changes: [{ file: 'src/workflow/journal.ts', from: 'if ((localFailure ?? ledgerFailure) !== undefined && !warned) {', to: 'if ((localFailure ?? ledgerFailure) === null && !warned) {' }],
  },
  {
    name: 'an operation that leaves no trace anywhere stops',
    tests: copies,
    changes: [{ file: 'src/workflow/journal.ts', from: 'if (localFailure !== undefined && ledgerFailure !== undefined) throw', to: 'if (localFailure === null && ledgerFailure === null) throw' }],
  },
  {
    name: 'two processes never drive one operation',
    tests: copies,
    changes: [{ file: 'src/workflow/journal.ts', from: 'if (isConflict(ledgerFailure)) throw ledgerFailure;', to: '' }],
  },
  {
    name: 'where the two copies differ the ledger\'s counts',
    tests: ['test/core/journal-copies.test.ts'],
    changes: [{ file: 'src/core/journal-copies.ts', from: 'if (common === inLedger.length) return', to: 'if (common <= inLedger.length) return' }],
  },
];
