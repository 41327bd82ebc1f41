const rough = ['test/aws/rough-network.test.ts'];
const pool = 'src/aws/client-pool.ts';
const failure = 'src/core/failure.ts';

const uploads = 'src/aws/uploads.ts';

export const network = [
  {
    name: 'a file whose answer was lost is looked for before it is sent again',
    tests: ['test/aws/uploads.test.ts'],
    changes: [{ file: uploads, from: '          if (attempted) await look(key, source, target, options);\n', to: '' }],
  },
  {
    name: 'a file is written on top of what was looked at',
    tests: ['test/aws/uploads.test.ts'],
    changes: [{ file: uploads, from: 'await create(target.conditions ? conditionOf(target.standing) : {})', to: 'await create({})' }],
  },
  {
    name: 'a file is looked for in the Region that uploads have turned away from',
    tests: ['test/aws/uploads.test.ts'],
    changes: [{ file: uploads, from: 'let answering = settings.buckets ?? [];', to: 'let answering: NonNullable<UploadSettings[\'buckets\']> = [];' }],
  },
  {
    name: 'a call that nothing answers ends',
    tests: rough,
    harm: 'waits',
    changes: [{ file: pool, from: '    throwOnRequestTimeout: true,\n', to: '' }],
  },
  {
    name: 'every call has its time',
    tests: ['test/aws/deadline.test.ts'],
    harm: 'waits',
    changes: [{ file: 'src/aws/deadline.ts', from: 'return await Promise.race([work, deadline]);', to: 'deadline.catch(() => {}); return await work;' }],
  },
  {
    name: 'a call that is given up on is hung up',
    tests: ['test/aws/deadline.test.ts'],
    changes: [{ file: 'src/aws/deadline.ts', from: '      controller.abort(error);\n      throw error;', to: '      throw error;' }],
  },
  {
    name: 'a page that is not AWS\'s is no empty list',
    tests: rough,
    changes: [{ file: 'src/aws/genuine-answer.ts', from: 'if (!requestIds.some((name) => names.has(name))) throw', to: 'if (names.has(requestIds.join())) throw' }],
  },
  {
    name: 'a cut-off answer is a service that fails',
    tests: ['test/core/failure.test.ts'],
    changes: [{ file: failure, from: "if (name === 'SyntaxError' && (shape.$metadata !== undefined || '$response' in shape)) return 'service';", to: '' }],
  },
  {
    name: 'a reset may be tried again',
    tests: rough,
    changes: [{ file: failure, from: "const unreachableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', ", to: "const unreachableCodes = new Set(['ECONNREFUSED', " }],
  },
  {
    name: 'waiting outlives a call that gets no answer',
    tests: ['test/workflow/lost-answers.test.ts'],
    says: 'no answer within 5 s',
    changes: [{ file: 'src/workflow/operation-context.ts', from: '      if (!isTransient(error)) throw error;\n      failure = { error };', to: '      throw error;' }],
  },
  {
    name: 'a step whose answer was lost is run again',
    tests: ['test/workflow/lost-answers.test.ts'],
    says: 'no answer within 5 s',
    changes: [{ file: 'src/workflow/operation-context.ts', from: 'const tries = 3;', to: 'const tries = 1;' }],
  },
  {
    name: 'a connection that was closed while idle says nothing of a Region',
    tests: ['test/aws/region-probe.test.ts'],
    changes: [{ file: 'src/aws/region-probe.ts', from: 'again: connectionClosed }', to: 'again: () => false }' }],
  },
  {
    name: 'a proxy of the environment is used',
    tests: ['test/aws/proxy.test.ts'],
    changes: [{ file: 'src/aws/aws-handler.ts', from: 'if (!proxy) return', to: 'if (!proxy || proxy) return' }],
  },
  {
    name: 'a proxy that does not connect is named',
    tests: ['test/aws/proxy.test.ts'],
    changes: [{ file: 'src/aws/proxy-agent.ts', from: 'connected(error ? refusal(proxy, authority, error) : null, socket)', to: 'connected(error, socket)' }],
  },
  {
    name: 'hosts of NO_PROXY are dialled directly',
    tests: ['test/aws/proxy.test.ts'],
    changes: [{ file: 'src/aws/proxy-agent.ts', from: 'if (isDialledDirectly(authority)) return', to: 'if (authority === \'\') return' }],
  },
];
