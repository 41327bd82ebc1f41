import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { functionNames } from '../../../infra/constructs/names.js';
import { readSettings } from '../../../infra/constructs/settings.js';
import { type DeploymentStacks, addDeployment, allStacks } from '../../../infra/stacks/deployment.js';

const cdkJson = fileURLToPath(new URL('../../../infra/cdk.json', import.meta.url));

/** A folder that looks like dist/functions; what the bundles do is no matter of the templates. */
export function writeFunctionBundles(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'infra-functions-'));
  for (const name of [...functionNames, 'resources']) {
    mkdirSync(path.join(root, name));
    writeFileSync(path.join(root, name, 'index.mjs'), `export const handler = async () => '${name}';\n`);
  }
  return root;
}

export interface Synthesised {
  app: App;
  stacks: DeploymentStacks;
  /** Template of each stack, by stack name. */
  templates: Record<string, Template>;
}

/** The whole deployment with the flags of cdk.json, as `cdk synth` makes it. */
export function synthesise(context: Record<string, string> = {}, functionsRoot: string = writeFunctionBundles()): Synthesised {
  const flags = (JSON.parse(readFileSync(cdkJson, 'utf8')) as { context: Record<string, unknown> }).context;
  const app = new App({ context: flags, analyticsReporting: false, outdir: mkdtempSync(path.join(tmpdir(), 'infra-cdk-')) });
  const stacks = addDeployment(app, readSettings((name) => context[name], {}), functionsRoot);
  const templates = Object.fromEntries(allStacks(stacks).map((stack) => [stack.stackName, Template.fromStack(stack)]));
  return { app, stacks, templates };
}

export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
}

/** Every resource of one type, over all stacks, by `stack/logicalId`. */
export function resourcesOf({ templates }: Pick<Synthesised, 'templates'>, type: string): Record<string, TemplateResource> {
  return Object.fromEntries(Object.entries(templates).flatMap(([stack, template]) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => [`${stack}/${id}`, resource as TemplateResource])));
}
