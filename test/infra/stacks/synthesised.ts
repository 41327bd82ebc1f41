import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { functionNames } from '../../../infra/constructs/names.js';
import { readSettings } from '../../../infra/constructs/settings.js';
import { type DeploymentStacks, addDeployment, allStacks } from '../../../infra/stacks/deployment.js';

const cdkJson = fileURLToPath(new URL('../../../infra/cdk.json', import.meta.url));

const temporaryFolders: string[] = [];

function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `infra-${purpose}-`));
  temporaryFolders.push(folder);
  return folder;
}

afterAll(() => { for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true }); });

/** A folder that looks like dist/functions; what the bundles do is no matter of the templates. */
export function writeFunctionBundles(sources: Record<string, string> = {}): string {
  const root = temporaryFolder('functions');
  for (const name of [...functionNames, 'guard', 'resources']) {
    mkdirSync(path.join(root, name));
    writeFileSync(path.join(root, name, 'index.mjs'), sources[name] ?? `export const handler = async () => '${name}';\n`);
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
  const app = new App({ context: flags, analyticsReporting: false, outdir: temporaryFolder('cdk') });
  const stacks = addDeployment(app, readSettings((name) => context[name], {}), functionsRoot);
  const templates = Object.fromEntries(allStacks(stacks).map((stack) => [stack.stackName, Template.fromStack(stack)]));
  return { app, stacks, templates };
}

export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** Every resource of one type, over all stacks, by `stack/logicalId`. */
export function resourcesOf({ templates }: Pick<Synthesised, 'templates'>, type: string): Record<string, TemplateResource> {
  return Object.fromEntries(Object.entries(templates).flatMap(([stack, template]) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => [`${stack}/${id}`, resource as TemplateResource])));
}

/**
 * A template value as the text it would be once deployed, with made-up values for what only a deployment knows: outputs
 * of the control stack by what their name promises, anything else by its reference.
 */
export function resolveText(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as { 'Fn::Join'?: [string, unknown[]]; 'Fn::GetStackOutput'?: { OutputName: string }; 'Fn::GetAtt'?: [string, string]; Ref?: string };
  if (intrinsic['Fn::Join']) return intrinsic['Fn::Join'][1].map(resolveText).join(intrinsic['Fn::Join'][0]);
  if (intrinsic['Fn::GetStackOutput']) return controlOutput(intrinsic['Fn::GetStackOutput'].OutputName);
  if (intrinsic['Fn::GetAtt']) return intrinsic['Fn::GetAtt'].join('.');
  if (intrinsic.Ref) return intrinsic.Ref;
  throw new Error(`cannot resolve ${JSON.stringify(value)}`);
}

function controlOutput(name: string): string {
  if (name.includes('Arn')) return `arn:aws:route53-recovery-control::111122223333:${name}`;
  const [, camel] = /^ClusterEndpoint(\w+)$/.exec(name) ?? [];
  if (camel) return `https://0a1b2c3d.route53-recovery-cluster.${camel.replaceAll(/(?<=.)(?=[A-Z0-9])/g, '-').toLowerCase()}.amazonaws.com/v1`;
  return name === 'AccessPointAlias' ? 'mabcdefghijkl.mrap' : name.toLowerCase();
}
