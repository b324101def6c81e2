import { APPROVALS } from './approvals';
import { AUDIT } from './audit';
import { BENEFICIARIES } from './beneficiaries';
import { CASES } from './cases';
import { CLIENTS } from './clients';
import { CLOCK } from './clock';
import type { Command } from './command';
import { DISPUTES } from './disputes';
import { FUND_REQUESTS } from './fund-requests';
import { KEYS } from './keys';
import { KYC } from './kyc';
import { LISTS } from './lists';
import { MONEY } from './money';
import { NETWORK } from './network';
import { NIGHTS } from './nights';
import { PEOPLE } from './people';
import { RECONCILIATION } from './reconciliation';
import { REPORTING } from './reports';
import { RESTORE } from './restore';
import type * as RoleMatrix from './role-matrix';
import { RISK } from './risk';
import { ROLES } from './roles';
import { ROUTES } from './routes';
import { SCHEMES } from './schemes';
import { SETTLEMENTS } from './settlements';
import { TAX_COMMANDS } from './taxes';
import { TERMINALS } from './terminals';
import { PRIVACY } from './privacy';
import { WALLETS } from './wallets';

const MATRIX: Command = {
  name: 'role matrix',
  permission: 'roles.read',
  summary:
    'each role with each route of the API, page of the console and command, and whose things it reaches',
  options: {},
  run: async ({ operations }) => {
    // loaded for this command alone: it brings every route of both APIs
    const { roleMatrix } = require('./role-matrix') as typeof RoleMatrix;
    return roleMatrix(await operations.roles.all(), COMMANDS);
  },
};

/** Every command, in the order in which `munim help` lists them. */
export const COMMANDS: readonly Command[] = [
  ...PEOPLE,
  ...NETWORK,
  ...ROLES,
  MATRIX,
  ...CLIENTS,
  ...MONEY,
  ...FUND_REQUESTS,
  ...WALLETS,
  ...DISPUTES,
  ...SCHEMES,
  ...SETTLEMENTS,
  ...TAX_COMMANDS,
  ...TERMINALS,
  ...KYC,
  ...PRIVACY,
  ...LISTS,
  ...BENEFICIARIES,
  ...NIGHTS,
  ...CLOCK,
  ...REPORTING,
  ...ROUTES,
  ...CASES,
  ...RISK,
  ...RECONCILIATION,
  ...APPROVALS,
  ...RESTORE,
  ...AUDIT,
  ...KEYS,
];
