import { credentials } from './protections/credentials.mjs';
import { csv } from './protections/csv.mjs';
import { files } from './protections/files.mjs';
import { inputs } from './protections/inputs.mjs';
import { journals } from './protections/journals.mjs';
import { moves } from './protections/moves.mjs';
import { network } from './protections/network.mjs';
import { sandbox } from './protections/sandbox.mjs';
import { supplyChain } from './protections/supply-chain.mjs';
import { time } from './protections/time.mjs';
import { textFromOutside } from './protections/text.mjs';

const of = (area, protections) => protections.map((protection) => ({ area, ...protection }));

/**
 * What stands between the worst day of the year and a lost job, a leaked secret or a lie. `changes` takes it away, in as few
 * words as still compile; `tests` are the files that must then fail.
 */
export const protections = [
  ...of('CSV', csv),
  ...of('text from outside', textFromOutside),
  ...of('files', files),
  ...of('inputs', inputs),
  ...of('journals and plans', journals),
  ...of('credentials', credentials),
  ...of('time and sessions', time),
  ...of('what a move tells', moves),
  ...of('network', network),
  ...of('sandbox', sandbox),
  ...of('supply chain', supplyChain),
];
