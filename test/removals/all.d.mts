export interface Replacement {
  file: string;
  from: string;
  to: string;
}
export interface Protection {
  area: string;
  name: string;
  changes: Replacement[];
  tests: string[];
  /** What its absence does when that is no wrong answer: a call that never ends. */
  harm?: 'waits';
  /** A part of what the product throws then, where its test has nothing to assert. */
  says?: string;
}
export const protections: Protection[];
