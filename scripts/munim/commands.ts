import { APPROVALS } from './approvals';
import { CASES } from './cases';
import type { Command } from './command';
import { MONEY } from './money';
import { PEOPLE } from './people';
import { RESTORE } from './restore';

/** Every command, in the order in which `munim help` lists them. */
export const COMMANDS: readonly Command[] = [...PEOPLE, ...MONEY, ...CASES, ...APPROVALS, ...RESTORE];
