/**
 * The CDK app. Run through `cdk` (see cdk.json), which builds the functions first and passes the context.
 *
 * Context: app, account, primary, standby, witness, notify, notifyFrom, notifyTo, alertsTo, zoneName, partMinBytes, partMaxBytes,
 * inlineParts, canaryMinutes, arc, extensionArns, autoFailover, keepData, chaos,
 * encryption.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { SettingsRefused, readSettings } from './constructs/settings.js';
import { addDeployment } from './stacks/deployment.js';
import { judgeBySolutionsRules } from './stacks/rules.js';

// This file runs as dist/infra/app.mjs, beside dist/functions.
const builtFunctions = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../functions');

const app = new App();
try {
  const settings = readSettings((name) => app.node.tryGetContext(name), process.env);
  addDeployment(app, settings, builtFunctions);
  judgeBySolutionsRules(app);
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
