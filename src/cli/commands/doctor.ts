import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export function addDoctor(program: Command, start: Start): void {
  withExamples(program.command('doctor'), ['doctor', 'doctor --verbose', '-d production doctor -o json'])
    .summary('everything that would hurt at 3 a.m., each with a fix')
    .description('Looks at credentials, clock, each ARC endpoint and access point control Region, permissions, drift of the deployment file, code versions, replication rules, quotas, alarms, mail and the last rehearsal. Changes nothing. Exits 1 when something is bad; --verbose shows what is ok too.')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<RawGlobalFlags>();
      return start(flags, async (context) => (await import('../actions/doctor.js')).doctor(context));
    });
}
