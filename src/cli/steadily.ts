import { createSteadyClock } from '../aws/steady-clock.js';
import { formatSeconds } from '../ui/quantities.js';
import { warn, type CommandContext } from './context.js';

/** For an operation: its leases and deadlines go by the time that passes, whoever sets this host's clock meanwhile. */
export function steadily(context: CommandContext): CommandContext {
  const clock = createSteadyClock((seconds) => {
    warn(context, `this host's clock was set ${formatSeconds(Math.abs(seconds))} ${seconds > 0 ? 'forward' : 'back'}; this operation goes on by the time that has passed since it began`);
  });
  return { ...context, clock };
}
