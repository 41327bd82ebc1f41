/**
 * A protection's absence is noticed when a test says so: an assertion that fails, or, where waiting for ever is the harm
 * (`harm: 'waits'`), a test that never ends, or where the product stops, what it says then (`says`). That the altered file cannot be loaded says nothing about the tests.
 */
export function judge({ passed, failures, unloadable }, { harm, says, tests }) {
  if (unloadable.length > 0) return { why: `nothing ran: ${unloadable.join('; ').split('\n')[0]}` };
  if (passed) return { why: `nothing failed in ${tests.join(', ')}` };
  // Plain Errors are what vitest throws for promises that end otherwise than expected, and fast-check for a property.
  const noticed = failures.find(({ message }) => /^(?:AssertionError|Error: promise (?:resolved|rejected) |Error: expected |Error: Property failed )/.test(message) || (harm === 'waits' && /timed out|STACK_TRACE_ERROR/.test(message)) || (says !== undefined && message.includes(says)));
  return noticed ? { caughtBy: noticed.test } : { why: `failed, but no assertion did: ${failures.map(({ message }) => message.split('\n')[0]).join('; ')}` };
}
