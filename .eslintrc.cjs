'use strict';

/**
 * The folder tree is the architecture (see README of each folder). Every room says what it may import;
 * anything else that is relative is a breach and fails the build. Rooms are written as allow-lists, because a
 * deny-list forgets the folder that is added tomorrow.
 */

/** An allow-list as one no-restricted-imports pattern: whatever does not match any of these is refused. */
function only(allowed, message) {
  return { regex: `^(?!(?:${allowed.join('|')})$)`, message };
}

const node = 'node:.*';
const own = '\\./.*';
/** A path into a sibling room, however deep the importing file lies. */
const room = (name) => `(?:\\.\\./)+${name}/.*`;
const srcRoom = (name) => `(?:\\.\\./)+(?:src/)?${name}/.*`;
/** A step up inside the same room (only for rooms with folders of their own). */
const rooms = 'src|infra|test|launch|cli|config|core|workflow|aws|ui|sandbox|stacks|constructs|functions|pipeline|workflows|main|errors';
const upInside = `(?:\\.\\./)+(?!\\.\\./)(?!(?:${rooms})(?:/|\\.|$)).*`;
const errors = '(?:\\.\\./)+(?:src/)?errors\\.js';
const sdk = ['@aws-sdk/.*', '@smithy/.*'];

function boundary(files, patterns, paths = []) {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns, paths }] } };
}

module.exports = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: { ecmaVersion: 2023, sourceType: 'module', ecmaFeatures: { jsx: true } },
  plugins: ['@typescript-eslint'],
  env: { node: true, es2023: true },
  extends: ['eslint:recommended'],
  ignorePatterns: ['!.ci', 'node_modules', 'dist', 'cdk.out', '*.d.ts'],
  rules: {
    'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'prefer-const': 'error',
    'no-var': 'error',
    'no-constant-condition': ['error', { checkLoops: false }],
  },
  overrides: [
    {
      files: ['*.ts', '*.tsx'],
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: __dirname },
      extends: ['plugin:@typescript-eslint/recommended'],
      rules: {
        'no-undef': 'off',
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
        '@typescript-eslint/await-thenable': 'error',
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/consistent-type-imports': 'error',
      },
    },
    boundary(['src/core/**'], [
      only([own, 'node:crypto', '\\.\\./config/schema\\.js'], 'core is pure: it imports only itself and types of config/schema.'),
    ]),
    boundary(['src/workflow/**'], [
      only([own, upInside, srcRoom('core'), errors, 'node:crypto'], 'workflow imports core, errors and its own ports; the outside world reaches it through ports.'),
    ]),
    boundary(['src/aws/**'], [
      only([own, upInside, srcRoom('core'), '(?:\\.\\./)+workflow/(?:ports|ledger-ports|call-options)\\.js', '(?:\\.\\./)+config/schema\\.js', errors, node, ...sdk, 'hpagent', 'proxy-from-env'], 'aws implements workflow/ports with the SDK and imports nothing else of ours but core and errors.'),
    ]),
    boundary(['src/ui/**'], [
      only([own, upInside, srcRoom('core'), node, 'ink', 'react', 'react/jsx-runtime'], 'ui renders core view models and events; it never fetches anything.'),
    ]),
    boundary(['src/sandbox/**'], [
      only([own, upInside, node, ...sdk, 'piscina', 'jsonata', 'asl-validator'], 'the sandbox is a simulator of AWS: it must not share code with what it tests.'),
    ]),
    boundary(['src/launch/**'], [only([own, node], 'what starts the program loads nothing of it but its bundle.')]),
    boundary(['src/config/**'], [only([own, errors, node, 'zod'], 'config imports only zod and errors.')]),
    boundary(['infra/pipeline/**', 'infra/functions/**'], [
      // `operate` runs the very engine of the command line (workflow) on the deployment's own description (config).
      only([own, upInside, srcRoom('core'), srcRoom('aws'), srcRoom('workflow'), '(?:\\.\\./)+src/config/(?:parse|schema)\\.js', errors, room('pipeline'), node, 'ajv', '@types/aws-lambda', 'aws-lambda', ...sdk, '@aws-lambda-powertools/.*'], 'the pipeline runs inside functions: core, aws, the engine (workflow) and the description (config), and no CLI, CDK or sandbox.'),
    ]),
    boundary(['infra/stacks/**', 'infra/constructs/**'], [
      only([own, upInside, room('constructs'), room('workflows'), '(?:\\.\\./)+src/config/schema\\.js', node, 'aws-cdk-lib', 'aws-cdk-lib/.*', 'constructs', 'cdk-nag'], 'stacks and constructs describe infrastructure: config/schema and aws-cdk-lib only.'),
    ]),
    { files: ['test/**', '.ci/**', 'infra/app.ts', '.eslintrc.cjs', 'bin/**'], rules: { 'no-restricted-exports': 'off' } },
  ],
};
