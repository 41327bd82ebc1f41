import { filled, textOf, type Variables } from './values.js';

type Condition = Record<string, unknown>;

const operators: Record<string, (value: unknown, wanted: unknown) => boolean> = {
  StringEquals: (value, wanted) => textOf(value) === wanted,
  EqualsIgnoreCase: (value, wanted) => textOf(value).toLowerCase() === String(wanted).toLowerCase(),
  StartsWith: (value, wanted) => textOf(value).startsWith(String(wanted)),
  EndsWith: (value, wanted) => textOf(value).endsWith(String(wanted)),
  Contains: (value, wanted) => textOf(value).includes(String(wanted)),
  NumericEquals: (value, wanted) => Number(value) === wanted,
  NumericGreater: (value, wanted) => Number(value) > Number(wanted),
  NumericLesser: (value, wanted) => Number(value) < Number(wanted),
  NumericGreaterOrEquals: (value, wanted) => Number(value) >= Number(wanted),
  NumericLesserOrEquals: (value, wanted) => Number(value) <= Number(wanted),
  BooleanEquals: (value, wanted) => value === wanted || textOf(value) === String(wanted),
};

/** Whether a choice of `aws:branch` or the condition of `aws:loop` holds. Source: user guide, "Creating conditional runbooks". */
export function conditionHolds(condition: Condition, variables: Variables): boolean {
  if (Array.isArray(condition['And'])) return (condition['And'] as Condition[]).every((each) => conditionHolds(each, variables));
  if (Array.isArray(condition['Or'])) return (condition['Or'] as Condition[]).some((each) => conditionHolds(each, variables));
  if (condition['Not']) return !conditionHolds(condition['Not'] as Condition, variables);
  const value = filled(condition['Variable'], variables);
  const named = Object.keys(condition).find((name) => operators[name]);
  if (named === undefined) throw new Error('the condition has no operator');
  return operators[named]?.(value, filled(condition[named], variables)) ?? false;
}
