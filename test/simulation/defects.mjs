// Deliberate defects, each of a kind that real failover tools have had. `from` must occur exactly once in its file.
export const defects = [
  {
    name: 'commit without the epoch condition',
    changes: [{
      file: 'src/aws/ledger/pipeline-writes.ts',
      from: "    remove: ['error', 'parkedReason'],\n    ...underClaim(claim),\n",
      to: "    remove: ['error', 'parkedReason'],\n    condition: '#status = :running', names: [], values: { running: 'RUNNING' },\n",
    }],
  },
  {
    name: 'claim without the control read',
    changes: [{
      file: 'infra/pipeline/ingest.ts',
      from: "  if (control && control.activeRegion !== ports.region) return { jobId, action: 'present' };\n",
      to: '',
    }],
  },
  {
    name: 're-drive that ignores finished commits',
    changes: [{
      file: 'src/aws/ledger/claims.ts',
      from: "    if (job.status === 'SUCCEEDED') return { kind: 'finished', job };\n    if (job.status === 'FAILED') return { kind: 'failed', job };\n    if (!mayClaim",
      to: "    if (job.status === 'FAILED') return { kind: 'failed', job };\n    if (!mayClaim",
    }],
  },
  {
    name: 'a time-out counts as a failure',
    changes: [{ file: 'infra/pipeline/notify.ts', from: "  return 'UNCERTAIN';\n}", to: "  return 'PENDING';\n}" }],
  },
  {
    name: 'no sweep',
    changes: [{ file: 'infra/pipeline/sweep.ts', from: "    section('jobs', () => sweepJobs(control, outcome, ports)),\n", to: '' }],
  },
  {
    name: 'toggles instead of setting',
    changes: [
      {
        file: 'src/workflow/steps/flip-routing.ts',
        from: "    if (before.agreeing.length === before.asked) return skipped('ARC says so already');\n    const endpoint = await setOnceTheRuleAllows(context, writer, wanted);\n",
        to: "    const reader = context.read.routingControls;\n    const seen = await Promise.any(reader!.endpointRegions.map((region) => reader!.readStates(region)));\n"
          + "    const toggled = Object.fromEntries(Object.entries(seen).map(([region, state]) => [region, state === 'On' ? 'Off' as const : 'On' as const]));\n"
          + "    void before;\n    const endpoint = await writer.setStates(toggled);\n    return done({ acceptedBy: endpoint });\n",
      },
    ],
  },
  {
    name: 'trusts one ARC endpoint',
    changes: [
      { file: 'src/workflow/steps/flip-routing.ts', from: 'const endpointsThatMustAgree = 2;', to: 'const endpointsThatMustAgree = 1;' },
      { file: 'src/workflow/steps/flip-routing.ts', from: 'before.agreeing.length === before.asked', to: 'before.agreeing.length >= endpointsThatMustAgree' },
    ],
  },
  {
    name: 'lists one page',
    changes: [{ file: 'src/aws/ledger/table.ts', from: '    } while (from && !enough?.(items));\n', to: '    } while (false);\n    void enough;\n' }],
  },
  {
    name: 'journals after acting',
    changes: [
      {
        file: 'src/workflow/runner.ts',
        from: "  await journal.record({ type: 'step-started', at: nowOf(context), step: planned.name, target: planned.target });\n  let outcome: StepOutcome;\n",
        to: '  let outcome: StepOutcome;\n',
      },
      {
        file: 'src/workflow/runner.ts',
        from: "  await journal.record({ type: 'step-finished', at: nowOf(context), step: planned.name, state: outcome.state, seconds: seconds(), detail: outcome.detail });\n}",
        to: "  await journal.record({ type: 'step-started', at: nowOf(context), step: planned.name, target: planned.target });\n"
          + "  await journal.record({ type: 'step-finished', at: nowOf(context), step: planned.name, state: outcome.state, seconds: seconds(), detail: outcome.detail });\n}",
      },
    ],
  },
  {
    name: 'a lock without a lease',
    changes: [{
      file: 'src/aws/ledger/operator-writes.ts',
      from: "      condition: 'attribute_not_exists(pk) OR #operationId = :operationId OR #leaseEndsAt < :now',\n      names: ['operationId', 'leaseEndsAt'],\n      values: { operationId: lock.operationId, now },\n",
      to: "      condition: 'attribute_not_exists(pk) OR #operationId = :operationId',\n      names: ['operationId'],\n      values: { operationId: lock.operationId },\n",
    }],
  },
];
