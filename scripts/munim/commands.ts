import { APPROVALS } from './approvals';
import { AUDIT } from './audit';
import { CASES } from './cases';
import type { Command } from './command';
import { KEYS } from './keys';
import { LISTS } from './lists';
import { MONEY } from './money';
import { NETWORK } from './network';
import { PEOPLE } from './people';
import { RESTORE } from './restore';
import { ROLES } from './roles';
import { TERMINALS } from './terminals';

/** Every command, in the order in which `munim help` lists them. */
export const COMMANDS: readonly Command[] = [
  ...PEOPLE,
  ...NETWORK,
  ...ROLES,
  ...MONEY,
  ...TERMINALS,
  ...LISTS,
  ...CASES,
  ...APPROVALS,
  ...RESTORE,
  ...AUDIT,
  ...KEYS,
];
