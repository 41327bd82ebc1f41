/** The environment of a function, as `infra/README.md` lists it. */
export type Environment = Record<string, string | undefined>;

/** @throws when the variable is missing: a function with half a configuration must not start to work. */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

export function requiredBytes(environment: Environment, name: string): number {
  const value = Number(required(environment, name));
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`the environment variable ${name} is not a whole number above 0`);
  return value;
}
