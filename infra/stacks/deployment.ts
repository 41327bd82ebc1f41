import { type App, type Stack, Tags } from 'aws-cdk-lib';
import { codePath, codeVersion } from '../constructs/code.js';
import { jobDefinitionFor } from '../constructs/job-state-machine.js';
import { controlRegion, namesOf } from '../constructs/names.js';
import type { Settings } from '../constructs/settings.js';
import { ControlStack } from './control.js';
import { LedgerStack } from './ledger.js';
import { ObservabilityStack } from './observability.js';
import { RegionalStack } from './regional.js';
import { StorageStack } from './storage.js';

export interface DeploymentStacks {
  storage: Record<string, StorageStack>;
  ledger: LedgerStack;
  control: ControlStack;
  regional: Record<string, RegionalStack>;
  observability: Record<string, ObservabilityStack>;
}

/**
 * All stacks of one deployment, in the order in which `cdk deploy --all` makes them: standby bucket → home bucket (which
 * replicates to it) → control, beside the ledger → both Regions → what watches them.
 *
 * @param codeRoot the folder of the built functions, one folder each.
 */
export function addDeployment(app: App, settings: Settings, codeRoot: string): DeploymentStacks {
  const names = namesOf(settings);
  const { home, other } = settings;
  const props = (region: string, description: string) => ({ env: { account: settings.account, region }, description });

  const standbyStorage = new StorageStack(app, names.stacks.storage(other), settings, other, props(other, 'batchctl: bucket of the standby Region'));
  const homeStorage = new StorageStack(app, names.stacks.storage(home), settings, home, props(home, 'batchctl: bucket of the home Region'));
  const ledger = new LedgerStack(app, names.stacks.ledger, settings, props(other, 'batchctl: ledger and reference table, in both Regions'));
  const control = new ControlStack(app, names.stacks.control, settings, codePath(codeRoot, 'resources'), props(controlRegion, 'batchctl: routing controls, access point, replication home'));
  // The digest must not differ between the Regions, so it is taken over one Region's definition for both.
  const code = { root: codeRoot, version: codeVersion(codeRoot, jobDefinitionFor(settings, home)) };
  const regional = (region: string): RegionalStack =>
    new RegionalStack(app, names.stacks.regional(region), settings, region, code, props(region, 'batchctl: functions and state machine'));
  const observability = (region: string): ObservabilityStack =>
    new ObservabilityStack(app, names.stacks.observability(region), settings, region, props(region, 'batchctl: alarms and dashboard'));
  const stacks = {
    storage: { [home]: homeStorage, [other]: standbyStorage },
    ledger,
    control,
    regional: { [home]: regional(home), [other]: regional(other) },
    observability: { [home]: observability(home), [other]: observability(other) },
  };

  homeStorage.addStackDependency(standbyStorage);
  control.addStackDependency(homeStorage);
  // Its replicas are encrypted with the keys that stand beside the buckets.
  if (settings.encryption === 'kms') ledger.addStackDependency(homeStorage);
  for (const stack of Object.values(stacks.regional)) for (const earlier of [ledger, control]) stack.addStackDependency(earlier);
  for (const region of [home, other]) stacks.observability[region]?.addStackDependency(stacks.regional[region] as RegionalStack);
  for (const stack of allStacks(stacks)) Tags.of(stack).add('deployment', settings.app);
  return stacks;
}

export function allStacks(stacks: DeploymentStacks): Stack[] {
  return [...Object.values(stacks.storage), stacks.ledger, stacks.control, ...Object.values(stacks.regional), ...Object.values(stacks.observability)];
}
