import type { Command } from 'commander';
import type { Start } from '../start.js';
import { addCompletion } from './completion.js';
import { addDemo } from './demo.js';
import { addDoctor } from './doctor.js';
import { addDrill } from './drill.js';
import { addGuard } from './guard.js';
import { addHelp } from './help.js';
import { addHistory } from './history.js';
import { addInit } from './init.js';
import { addJobs } from './jobs.js';
import { addMoves } from './moves.js';
import { addOutput } from './output.js';
import { addRedrive } from './redrive.js';
import { addReference } from './reference.js';
import { addSandbox } from './sandbox.js';
import { addStatus } from './status.js';
import { addSubmit } from './submit.js';

/**
 * The whole command tree. These files only describe flags and help, so that `--help` stays fast; what a command does is
 * loaded when it runs (see `../actions`).
 */
export function addCommands(program: Command, start: Start): void {
  program.commandsGroup('See:');
  addStatus(program, start);
  program.commandsGroup('Move:');
  addMoves(program, start);
  addRedrive(program, start);
  addGuard(program, start);
  program.commandsGroup('Rehearse and look back:');
  addDrill(program, start);
  addHistory(program, start);
  program.commandsGroup('Work:');
  addSubmit(program, start);
  addJobs(program, start);
  addOutput(program, start);
  program.commandsGroup('Set up:');
  addDoctor(program, start);
  addInit(program, start);
  addReference(program, start);
  program.commandsGroup('Try it:');
  addDemo(program, start);
  addSandbox(program, start);
  program.commandsGroup('More:');
  addCompletion(program, start);
  addHelp(program, start);
}
