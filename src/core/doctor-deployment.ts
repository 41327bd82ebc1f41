import type { Deployment } from '../config/schema.js';
import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

/** What the operator chose and no stack knows. */
const ownChoices: readonly (keyof Deployment)[] = ['name', 'default', 'transport', 'credentials', 'policy'];

/** Where the file on this host and what both Regions say of themselves differ, member by member. */
export const descriptionDrift: Check = {
  name: 'deployment-file',
  title: 'the deployment file against SSM in both Regions',
  judge({ descriptions }, deployment) {
    const { name } = deployment;
    return Object.entries(descriptions).map(([region, description]) => {
      if (!description.known) return notSeen(region, 'the description in SSM could not be read', description, `Check that the stacks are deployed there, and ssm:GetParameter.`);
      const differences = differencesOf(withoutOwnChoices(deployment), withoutOwnChoices(description.value));
      if (differences.length === 0) return ok(region, 'the file says what the Region says');
      return bad(region, `the file differs in ${differences.slice(0, 5).join(', ')}${differences.length > 5 ? `, and ${differences.length - 5} more` : ''}`, `Write it anew: batchctl init --from-ssm ${region} --name ${name}`);
    });
  },
};

export const codeVersions: Check = {
  name: 'code-version',
  title: 'the code that each Region runs',
  judge({ versions }, { codeVersion, name }) {
    const known = Object.values(versions).flatMap((version) => (version.known ? [version.value] : []));
    const skew = new Set(known).size > 1;
    return Object.entries(versions).map(([region, version]) => {
      if (!version.known) return notSeen(region, 'no version stamped', version, 'Functions stamp it when they run; if the Region is deployed, look again in some minutes.');
      if (skew) return warn(region, `runs ${version.value}, and the other Region another version`, 'Deploy both Regions from the same commit: cdk deploy --all');
      return version.value === codeVersion ? ok(region, `runs ${version.value}`) : warn(region, `runs ${version.value}; the deployment file says ${codeVersion}`, `Write it anew: batchctl init --from-ssm ${region} --name ${name}`);
    });
  },
};

function withoutOwnChoices(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !(ownChoices as readonly string[]).includes(name)));
}

/** Paths of members that differ. A member that is absent, empty or null says the same: defaults are filled in on reading. */
function differencesOf(mine: unknown, theirs: unknown, path = ''): string[] {
  if (isNothing(mine) && isNothing(theirs)) return [];
  if (isRecord(mine) && isRecord(theirs)) {
    return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].sort().flatMap((name) => differencesOf(mine[name], theirs[name], path === '' ? name : `${path}.${name}`));
  }
  return JSON.stringify(mine) === JSON.stringify(theirs) ? [] : [path];
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
