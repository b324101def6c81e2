import type { Knex } from 'knex';
import { createStaffAccess, type Access } from '../domain/access/access';
import { createRoleList } from '../domain/access/listing';
import { createTerminals } from '../domain/aeps/terminals';
import { readHeads } from '../domain/audit/heads';
import { createApprovals } from '../domain/approvals/approvals';
import { createLogin } from '../domain/auth/login';
import { createLoginAttempts } from '../domain/auth/login-attempts';
import { createOwnAuthenticator } from '../domain/auth/own-authenticator';
import { createPasswords } from '../domain/auth/passwords';
import { createSecondFactors } from '../domain/auth/second-factors';
import { createSessions } from '../domain/auth/sessions';
import { createStaffProof } from '../domain/auth/staff-proof';
import { createCaseReader } from '../domain/cases/read';
import { createReleasedTransfers } from '../domain/dmt/released';
import { closeByHand, createDecisions, offeredChoices, proposalOf } from '../domain/decisions/decisions';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { createClockDesk } from '../domain/night/clock-desk';
import { createNightReader } from '../domain/night/read';
import { createNightBooks } from '../domain/night-books/night-books';
import { createCompensations } from '../domain/compensation/read';
import { createPayeeDesk } from '../domain/payouts/payee-desk';
import { createPolicyList } from '../domain/policies/listing';
import { createPolicies, type PolicyProfile } from '../domain/policies/policies';
import { createStaffReports, type ReportDeskDependencies } from '../domain/reports/desk';
import { createRestores } from '../domain/restore/restores';
import { createRoutingDesk } from '../domain/routing/desk';
import { createKeyOperations } from '../domain/keys/operations';
import { keyedTables } from '../domain/keys/tables';
import { digestedColumns, sealedColumns } from '../domain/services/sealed';
import { ALL_SERVICES, createPostingRules } from '../domain/services/services';
import { createIdentityActions } from '../domain/users/identity-actions';
import { createRoleActions } from '../domain/users/role-actions';
import { createClientAccounts } from '../domain/tokens/client-accounts';
import { createAccounts } from '../domain/users/accounts';
import { createMoveAction } from '../domain/users/moves';
import { createStaffNetwork } from '../domain/users/staff';
import { readVerifier } from '../domain/verification/status';
import type { Clock } from '../platform/clock';
import type { FieldCipher } from '../platform/encryption';
import type { Ids } from '../platform/ids';
import { createKycOperations } from './kyc-operations';
import { createPrivacyOperations } from './privacy-operations';
import { createReconciliationOperations } from './reconciliation';
import { createRiskOperations } from './risk';
import { ROUTES_AS_SET } from './routes';
import { createWalletOperations } from './wallet-operations';

/**
 * What ops staff do, put together: for the command line, and for the console. It needs the database alone: no
 * provider, no queue and no encryption key.
 */
export type Operations = Awaited<ReturnType<typeof createOperations>>;

interface OperationsDependencies {
  knex: Knex;
  /** For imports and runs of the reconciliation; `knex` where it is missing. */
  long?: Knex;
  clock: Clock;
  ids: Ids;
  profile: PolicyProfile;
  /** How long a sign-in lasts at most. */
  sessionMs: number;
  /** Opens the secrets of authenticators; without it an account that has one signs in with a recovery code. */
  cipher?: FieldCipher | undefined;
  /** Where files are; without it they are asked for here and fetched elsewhere. */
  blobs?: ReportDeskDependencies['blobs'];
  /** Signs the links to them. */
  cursors?: ReportDeskDependencies['cursors'];
}

export async function createOperations(deps: OperationsDependencies) {
  const { knex, clock, ids, profile, sessionMs } = deps;
  const access = createStaffAccess({ knex });
  const accounts = createAccountDirectory({ knex });
  const policies = await createPolicies({ knex, clock, profile });
  const identity = await createKycOperations(deps);
  const privacy = createPrivacyOperations({ knex, clock, ids, access });
  const wallets = createWalletOperations({ ...deps, access, accounts });
  const risk = createRiskOperations({ knex, clock, ids, profile, access });
  const passwords = createPasswords();
  const sessions = createSessions({ knex, clock, lifetimeMs: sessionMs });
  const proof = createStaffProof({ knex, clock, profile });
  const checks = {
    ...{ knex, clock, passwords },
    attempts: createLoginAttempts({ knex, clock }),
    secondFactors: createSecondFactors(deps),
  };
  const services = createPostingRules({ accounts });
  const decisions = createDecisions({
    ...{ knex, clock, ids, policies, accounts, services },
    awaited: { dmt: createReleasedTransfers({ profile }) },
  });
  const reconciliation = createReconciliationOperations({
    ...{ knex, long: deps.long ?? knex, clock, ids, policies, accounts, services },
  });
  return {
    accounts: createAccounts({ knex, clock, ids, access, proof, passwords, sessions }),
    access,
    roles: createRoleList({ knex }),
    clients: createClientAccounts({ knex, clock, ids, access, proof }),
    sessions,
    proof,
    login: createLogin({ ...checks, sessions }),
    authenticator: createOwnAuthenticator(checks),
    approvals: createApprovals({
      ...{ knex, access, clock, ids },
      actions: {
        ...decisions,
        ...wallets.actions,
        ...createMoveAction({ knex, clock, ids }),
        ...createRoleActions({ knex }),
        ...createIdentityActions({ knex, clock }),
        ...identity.actions,
        ...risk.actions,
        ...reconciliation.actions,
        ...privacy.actions,
      },
    }),
    network: createStaffNetwork({ knex, clock, access }),
    ...wallets.desk,
    terminals: createTerminals({ knex, clock }),
    policies: createPolicyList({ knex, clock, profile }),
    payees: createPayeeDesk({ knex, clock, profile, access }),
    ...createPlatformDesk({ knex, clock, ids, profile }),
    cases: createCaseDesk({ knex, clock, access }),
    keys: createKeyOperations({ knex, access, clock, ids, tables: KEYED_TABLES }),
    ...privacy.desk,
    kyc: identity.kyc,
    screening: identity.screening,
    reports: createStaffReports({ ...deps, access, blobs: deps.blobs ?? 'elsewhere' }),
    risk: risk.desk,
    routing: createRoutingDesk({ knex, clock, ids, profile, access, asSet: ROUTES_AS_SET }),
    reconciliation: reconciliation.desk,
    close: () => {
      policies.close();
      identity.close();
    },
  };
}

const KEYED_TABLES = keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES));

/** What is looked at of the platform itself: its nights and time, restores, the record and the verifier. */
function createPlatformDesk(deps: { knex: Knex; clock: Clock; ids: Ids; profile: PolicyProfile }) {
  const { knex, clock, ids } = deps;
  return {
    nights: createNightReader({ knex }),
    nightBooks: createNightBooks(deps),
    compensations: createCompensations({ knex }),
    clock: createClockDesk({ knex }),
    restores: createRestores({ knex, clock, ids }),
    audit: { heads: () => readHeads(knex) },
    verifier: { status: () => readVerifier({ knex, clock }) },
  };
}

function createCaseDesk(deps: { knex: Knex; clock: Clock; access: Access }) {
  const { knex } = deps;
  return {
    ...createCaseReader({ knex }),
    offered: (caseId: string) => offeredChoices(knex, caseId),
    proposal: (choice: Parameters<typeof proposalOf>[1]) => proposalOf(knex, choice),
    close: (given: Parameters<typeof closeByHand>[1], by: Parameters<typeof closeByHand>[2]) =>
      closeByHand(deps, given, by),
  };
}
