import { APPROVALS } from './approvals';
import { CASES } from './cases';
import type { Command } from './command';
import { MONEY } from './money';
import { PEOPLE } from './people';
import { RESTORE } from './restore';
import { TERMINALS } from './terminals';

/** Every command, in the order in which `munim help` lists them. */
export const COMMANDS: readonly Command[] = [
  ...PEOPLE,
  ...MONEY,
  ...TERMINALS,
  ...CASES,
  ...APPROVALS,
  ...RESTORE,
];
