const letters = ['test/infra/pipeline/dead-letters.test.ts'];
const asking = 'infra/pipeline/s3-objects.ts';
const taking = 'infra/pipeline/sweep-dead-letters.ts';

export const inputs = [
  {
    name: 'an input is gone only when S3 says so',
    tests: ['test/infra/pipeline/s3-objects.test.ts'],
    changes: [{ file: asking, from: 'isRefused && await cannotBe(client, { Bucket: bucket, Key: key, VersionId: versionId })', to: 'isRefused && [cannotBe]' }],
  },
  {
    name: 'an event that ingest gave up on is taken back',
    tests: letters,
    changes: [{ file: 'infra/pipeline/sweep.ts', from: "    section('dead letters', () => takeDeadLetters(outcome, ports)),\n", to: '' }],
  },
  {
    name: 'its letter stays until it is ingested',
    tests: letters,
    changes: [{
      file: taking,
      from: '    const { action, jobId } = await ingest(event, ports);\n    await ports.deadLetters.delete(letter);\n',
      to: '    await ports.deadLetters.delete(letter);\n    const { action, jobId } = await ingest(event, ports);\n',
    }],
  },
  {
    name: 'letters that are not ingest\'s stay',
    tests: letters,
    changes: [{ file: taking, from: '    outcome.lettersLeft += 1;\n', to: '    outcome.lettersLeft += 1;\n    await ports.deadLetters.delete(letter);\n' }],
  },
  {
    name: 'they are hidden while it looks behind them',
    tests: letters,
    changes: [{ file: taking, from: 'ports.deadLetters.receive(hiddenSeconds)', to: 'ports.deadLetters.receive(0)' }],
  },
  {
    name: 'they are there for people in between',
    tests: letters,
    changes: [{ file: taking, from: 'const hiddenSeconds = 25;', to: 'const hiddenSeconds = 3600;' }],
  },
  {
    name: 'a letter about another bucket is not looked up in this one, and taken for gone',
    tests: letters,
    changes: [{ file: 'infra/pipeline/dead-letters.ts', from: " && membersOf(detail['bucket'])['name'] === bucket;", to: " && bucket !== '';" }],
  },
  {
    name: 'a file that is to run again is found by its own mark alone',
    tests: ['test/aws/uploads.test.ts'],
    changes: [{ file: 'src/aws/uploads.ts', from: '(options.again !== true || there.submission === target.submission)', to: '(options.again !== true || there.submission !== undefined)' }],
  },
  {
    name: 'the checksums of parts are announced',
    tests: ['test/aws/uploads.test.ts'],
    changes: [{ file: 'src/aws/upload-requests.ts', from: "    ChecksumAlgorithm: 'CRC32',\n", to: '' }],
  },
];
