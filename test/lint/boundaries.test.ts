import { createRequire } from 'node:module';
import { LegacyESLint } from 'eslint/use-at-your-own-risk';
import { describe, expect, it } from 'vitest';

/**
 * A boundary that nothing enforces is a wish. Each row is a file that somebody might write one tired evening.
 */
const breaches: [file: string, source: string][] = [
  ['src/core/plan.ts', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n"],
  ['src/launch/launch.ts', "import { main } from '../main.js';\nexport const start = main;\n"],
  ['src/core/plan.ts', "import { S3Client } from '@aws-sdk/client-s3';\nexport const client = S3Client;\n"],
  ['src/core/plan.ts', "import { createLedger } from '../aws/ledger/ledger.js';\nexport const ledger = createLedger;\n"],
  ['src/workflow/runner.ts', "import { createClientFactory } from '../aws/clients.js';\nexport const make = createClientFactory;\n"],
  ['src/workflow/steps/fence.ts', "import { createLedger } from '../../aws/ledger/ledger.js';\nexport const make = createLedger;\n"],
  ['src/aws/clients.ts', "import { runOperation } from '../workflow/runner.js';\nexport const run = runOperation;\n"],
  ['src/ui/plain.ts', "import { observe } from '../workflow/observe.js';\nexport const look = observe;\n"],
  ['src/sandbox/world.ts', "import { jobIdOf } from '../core/job.js';\nexport const id = jobIdOf;\n"],
  ['src/sandbox/services/s3/service.ts', "import { createClientFactory } from '../../../aws/clients.js';\nexport const make = createClientFactory;\n"],
  ['infra/pipeline/ingest.ts', "import { run } from '../../src/cli/run.js';\nexport const go = run;\n"],
  ['infra/pipeline/operate.ts', "import { planLines } from '../../src/ui/views/plan.js';\nexport const lines = planLines;\n"],
  ['infra/pipeline/ingest.ts', "import { Stack } from 'aws-cdk-lib';\nexport const stack = Stack;\n"],
  ['infra/stacks/regional.ts', "import { jobIdOf } from '../../src/core/job.js';\nexport const id = jobIdOf;\n"],
];

const allowed: [file: string, source: string][] = [
  ['src/core/plan.ts', "import { jobIdOf } from './job.js';\nexport const id = jobIdOf;\n"],
  ['src/workflow/steps/fence.ts', "import { jobIdOf } from '../../core/job.js';\nimport { done } from '../operation-context.js';\nexport const both = [jobIdOf, done];\n"],
  ['src/aws/clients.ts', "import { S3Client } from '@aws-sdk/client-s3';\nexport const client = S3Client;\n"],
  ['infra/pipeline/ingest.ts', "import { jobIdOf } from '../../src/core/job.js';\nexport const id = jobIdOf;\n"],
  ['infra/pipeline/drive-operation.ts', "import { runOperation } from '../../src/workflow/runner.js';\nexport const run = runOperation;\n"],
];

describe('room boundaries', () => {
  // Only the boundaries are under test, and without the rules that need types the linter needs no program.
  interface Override { files: string[]; rules?: Record<string, unknown> }
  const config = createRequire(import.meta.url)('../../.eslintrc.cjs') as { overrides: Override[] };
  const overrides = config.overrides.filter((override) => override.rules && 'no-restricted-imports' in override.rules);
  const eslint = new LegacyESLint({
    useEslintrc: false,
    baseConfig: { root: true, parser: '@typescript-eslint/parser', parserOptions: { ecmaVersion: 2023, sourceType: 'module' }, overrides } as never,
  });

  async function breachesOf(file: string, source: string): Promise<string[]> {
    const results = await eslint.lintText(source, { filePath: file }) as { messages: { ruleId: string | null; message: string }[] }[];
    return (results[0]?.messages ?? []).map((message) => message.ruleId ?? message.message);
  }

  it('has one for every room', () => {
    expect(overrides.length).toBeGreaterThanOrEqual(8);
  });

  it.each(breaches)('%s may not import %j', async (file, source) => {
    expect(await breachesOf(file, source)).toContain('no-restricted-imports');
  });

  it.each(allowed)('%s may import %j', async (file, source) => {
    expect(await breachesOf(file, source)).toEqual([]);
  });
});
