import type { Knex } from 'knex';
import { createApprovalKeeper } from '../domain/approvals/expiry';
import { createAuditHeads } from '../domain/audit/heads';
import { createAeps } from '../domain/aeps/aeps';
import type { CallLog } from '../domain/api-log/port';
import { createBbps } from '../domain/bbps/bbps';
import { createCollections } from '../domain/collection/collections';
import { createBeneficiaryMarks } from '../domain/banks/marks';
import { createCalendar } from '../domain/calendar/calendar';
import { createBeneficiaries, type Beneficiaries } from '../domain/beneficiaries/beneficiaries';
import { createCaptures } from '../domain/captures/captures';
import { createCallbackProcessor, type CallbackHints } from '../domain/callbacks/process';
import { createCallbackReceiver } from '../domain/callbacks/receive';
import { createCaseKeeper } from '../domain/cases/keeper';
import { createCaseReader } from '../domain/cases/read';
import type { Connector, ConnectorRegistry } from '../domain/connectors';
import { createPoller } from '../domain/dispatch/poll';
import { createSender } from '../domain/dispatch/send';
import { watchFunds } from '../domain/driving/provider-funds';
import type { DispatchRegistry } from '../domain/dispatch/service-dispatch';
import { createMoneyTransfer } from '../domain/dmt/money-transfer';
import { createCursors } from '../domain/errors/cursor';
import { keyedTables } from '../domain/keys/tables';
import { createKeyRotation, type KeyRotation } from '../domain/keys/rotation';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { createLedger, type Ledger, type LedgerDependencies } from '../domain/ledger/post';
import { createOutcomeRecorder, type OutcomeRecorder } from '../domain/lifecycle/record-outcome';
import { createAcceptPayouts } from '../domain/payouts/accept';
import { createPayees } from '../domain/payees/payees';
import { createPayeeRules } from '../domain/payees/rules';
import type { Policies, PolicyProfile } from '../domain/policies/policies';
import { createBreakMeter } from '../domain/reconciliation/measures';
import { createNightReader } from '../domain/night/read';
import { createNight } from '../domain/night/night';
import { createOtpSends } from '../domain/otp/sends';
import { createOtpTries } from '../domain/otp/tries';
import { createRepeatRules } from '../domain/intake/repeats';
import { createHolds } from '../domain/posting/hold';
import type { ServiceRegistry } from '../domain/posting/service-rules';
import { createSettler } from '../domain/posting/settle';
import { createAcceptRecharges } from '../domain/recharge/accept';
import { createRechargeDesk } from '../domain/recharge/desk';
import { createRechargeReader } from '../domain/recharge/read';
import { createRechargeRules } from '../domain/recharge/rules';
import { createRefunds } from '../domain/refunds/refunds';
import { createRoads, type Roads, type RoutesAsSet } from '../domain/routing/roads';
import {
  ALL_SERVICES,
  createDispatches,
  createMobiles,
  SERVICES_WITH_OUR_REFERENCE_IN_CALLBACKS,
  CONSENT_REFUND_SERVICES,
  createPostingRules,
  RECEIPTS,
} from '../domain/services/services';
import { digestedColumns, sealedColumns } from '../domain/services/sealed';
import { createOwnDataRequests } from '../domain/privacy/own-requests';
import { createRetention } from '../domain/privacy/retention';
import { createRestoreAsker } from '../domain/restore/ask';
import { createRestoreComparer } from '../domain/restore/compare';
import { createRestores } from '../domain/restore/restores';
import { createSettlementBatches } from '../domain/settlements/batches';
import { createTransactionReader } from '../domain/transactions/read';
import { createTierLimits, type TierLimits } from '../domain/standings/standings';
import { createValidations, type Validations } from '../domain/validations/validations';
import { createAuditEnd } from '../domain/verification/audit-end';
import { createVerifier } from '../domain/verification/verifier';
import type { Networks } from '../platform/addresses';
import type { BlobStore } from '../platform/blobs/store';
import type { Clock } from '../platform/clock';
import type { FieldCipher, KeyedDigest } from '../platform/encryption';
import type { Ids } from '../platform/ids';
import type { Signer } from '../platform/signing';
import { createCommissions } from './commissions';
import { createGst } from './gst';
import { createKycCapability } from './kyc';
import { createRiskDoor } from '../domain/risk/door';
import { createReports } from './reports';
import { createRisk } from './risk';
import { nightSteps } from './night';
import { createWallets } from './wallets';
import { createPayoutFiles } from '../domain/payout-files/payout-files';
import { createUserImports } from '../domain/users/imports';
import { createNetworkKeeper } from '../domain/users/keeper';
import { createUserNetwork } from '../domain/users/network';

type Hook = Promise<void> | void;

/**
 * Everything the domain needs from outside. Processes, tests and the simulator fill it in; nothing else
 * differs between them.
 */
export interface DomainDependencies {
  knex: Knex;
  /** For lists (`makeListsKnex`); `knex` where a process has no connections of its own for them. */
  lists?: Knex;
  /** For statements that take long (`LONG_WORK_MS`); `knex` in processes that have none. */
  long?: Knex;
  clock: Clock;
  ids: Ids;
  /** Which set of policy rows is in force. */
  profile: PolicyProfile;
  policies: Policies;
  providers: ConnectorRegistry;
  cipher: FieldCipher;
  digest: KeyedDigest;
  cursorKey: Buffer;
  /** Signs the heads of the audit chain. */
  auditSigner?: Signer;
  /** Which provider carries out a service where no rule says otherwise; the others look it up in their tables. */
  routes: RoutesAsSet;
  /** The unguessable part of the callback address of each provider that signs nothing. */
  callbackTokens?: Readonly<Record<string, string>>;
  /** From where each provider posts its callbacks; one that is not there may post from anywhere. */
  callbackNetworks?: Readonly<Record<string, Networks>>;
  callLog?: CallLog;
  /** Where documents are kept; without it none is taken. */
  blobs?: BlobStore;
  /** Tells waiting callers that these rows changed. */
  announce?: (ids: readonly string[]) => void;
  /** A process can be stopped or killed at these named points, `ledger.written` for example. */
  onPoint?: (point: string) => Hook;
  onError?: (error: unknown) => void;
  onLedgerBatch?: (size: number, ms: number) => void;
  /** A callback failed its check; `kept` says whether it was stored. */
  onForged?: (provider: string, kept: boolean) => void;
  onElsewhere?: (provider: string) => void;
  onOverBound?: (provider: string) => void;
  /** Other than the default of the sender. */
  turnWithinMs?: number;
  /** Settings of the ledger other than its defaults. */
  ledger?: Partial<LedgerDependencies>;
  /** Stands between a part and those that use it; the simulator plants errors and lost answers here. */
  wrap?: DomainWrappers;
}

export interface DomainWrappers {
  ledger?: (inner: Ledger) => Ledger;
  recorder?: (inner: OutcomeRecorder) => OutcomeRecorder;
  services?: (inner: ServiceRegistry) => ServiceRegistry;
}

/** The domain, put together: every capability that the API, the workers and the console use. */
export type Domain = Awaited<ReturnType<typeof createDomain>>;

export async function createDomain(given: DomainDependencies) {
  const tierLimits = await createTierLimits(given);
  const roads = await createRoadsOf(given);
  const core = createCore(given, tierLimits, roads);
  const { knex, policies, providers, cipher, digest, holds, recorder, settler } = core;
  const points = { onPoint: hookOf(given, 'accept') };
  const bbps = await createBbps({ ...core, ...points });
  const beneficiaries = createBeneficiaries({ knex, cipher, digest });
  const otps = { otpSends: createOtpSends(core), otpTries: createOtpTries(core) };
  const captures = createCaptures(core);
  const recharging = await createRecharging(given, core);
  const aeps = await createAeps({
    ...core,
    ...otps,
    captures,
    riskDoor: createRiskDoor(core),
    provider: given.routes.aeps,
    onPoint: hookOf(given, 'aeps'),
  });
  const collections = await createCollections({ ...core, ...points, provider: given.routes.collection });
  const dispatches = createDispatches({ knex, cipher, beneficiaries });
  const payees = await createPayeesOfUsers(given, core, beneficiaries);
  const { validations, repeatRules } = payees;
  const counter = { ...core, ...points, ...otps, captures, repeatRules };
  const kyc = await createKycCapability(given, { ...core, beneficiaries, validations, tierLimits });
  return {
    ...createDelivery(given, core, { dispatches, hints: { ...bbps.hints, ...hintsOf(validations) } }),
    ...createRecord(given, core),
    ...createRepairs(given, core, dispatches),
    ...createNights(given, core, payees),
    accounts: core.accounts,
    ledger: core.ledger,
    recorder,
    holds,
    settler,
    policies,
    providers,
    cipher,
    digest,
    beneficiaryMarks: createBeneficiaryMarks(core),
    transactions: core.transactions,
    ...createNetwork(core),
    ...kyc,
    moneyTransfer: createMoneyTransfer({ ...counter, provider: given.routes.dmt }),
    refunds: createRefunds({
      ...core,
      ...otps,
      refundable: CONSENT_REFUND_SERVICES,
      mobileOf: createMobiles({ knex, cipher }),
      onPoint: hookOf(given, 'refund'),
    }),
    bbps,
    roads,
    ...recharging,
    aeps,
    captures,
    collections,
    ...createDesks(core),
    /**
     * Ends what runs in the background and waits for postings that are under way; the caller closes `knex`.
     */
    async close(): Promise<void> {
      policies.close();
      bbps.close();
      recharging.rechargeRules.close();
      aeps.close();
      kyc.kycRules.close();
      for (const rules of [tierLimits, roads, payees.payeeRules, repeatRules, collections.rules])
        rules.close();
      await core.ledger.drain();
    },
  };
}

async function createRecharging(given: DomainDependencies, core: Core) {
  const rules = await createRechargeRules(core);
  const desk = createRechargeDesk({ ...core, rules });
  return {
    rechargeRules: rules,
    rechargeDesk: desk,
    acceptRecharges: createAcceptRecharges({ ...core, rules, desk, onPoint: hookOf(given, 'accept') }),
    recharges: createRechargeReader(core),
  };
}

/** By which providers payments go: those that are set up here, and whose breakers are closed. */
function createRoadsOf(given: DomainDependencies): Promise<Roads> {
  const { providers } = given;
  return createRoads({
    ...given,
    asSet: given.routes,
    offers: (provider, service) => providers.has(provider) && providers.get(provider)[service] !== undefined,
    available: (provider, service) => providers.get(provider).available(service),
  });
}

/**
 * Payouts, those of settlements too; what is done once for each business day, the days on which banks work, and reports.
 */
function createNights(
  given: DomainDependencies,
  core: Core,
  payees: Awaited<ReturnType<typeof createPayeesOfUsers>>,
) {
  const acceptPayouts = createAcceptPayouts({
    ...{ ...core, ...payees },
    onPoint: hookOf(given, 'accept'),
  });
  const settling = { ...core, calendar: createCalendar(core), acceptPayouts };
  return {
    ...payees,
    acceptPayouts,
    payoutFiles: createPayoutFiles({ ...core, acceptPayouts, onPoint: hookOf(given, 'payoutFile') }),
    calendar: settling.calendar,
    settlementBatches: createSettlementBatches(settling),
    nights: createNightReader(core),
    ...createReports({ ...core, blobs: given.blobs, onPoint: hookOf(given, 'report') }),
    breakMeter: createBreakMeter(core),
    night: createNight({
      ...core,
      steps: nightSteps({ ...settling, signer: given.auditSigner }),
      onPoint: hookOf(given, 'night'),
    }),
  };
}

/** Whom users pay, as they keep them. Who pays out also asks banks whose an account is. */
async function createPayeesOfUsers(given: DomainDependencies, core: Core, beneficiaries: Beneficiaries) {
  const validations = createValidations({ ...core, beneficiaries, onPoint: hookOf(given, 'validation') });
  const payeeRules = await createPayeeRules(core);
  const parts = { ...core, beneficiaries, validations, payeeRules };
  return {
    beneficiaries,
    validations,
    payeeRules,
    repeatRules: await createRepeatRules(core),
    payees: createPayees({ ...parts, provider: given.routes.payout }),
  };
}

/** After a restore, and when keys are replaced. */
function createRepairs(given: DomainDependencies, core: Core, dispatches: DispatchRegistry<Connector>) {
  return {
    restores: createRestores(core),
    keyRotation: createRotation(given, core),
    restoreAsker: createRestoreAsker({ ...core, dispatches }),
    restoreComparer: createRestoreComparer({ ...core, dispatches }),
  };
}

function createRotation(given: DomainDependencies, core: Core): KeyRotation {
  const tables = keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES));
  return createKeyRotation({ ...core, tables, onPoint: hookOf(given, 'keys') });
}

/** The users, one below the other, and what they have. */
function createNetwork(core: Core) {
  return {
    ...createWallets(core),
    ...createCommissions(core),
    ...createGst(core),
    users: createUserNetwork(core),
    userImports: createUserImports(core),
    networkKeeper: createNetworkKeeper(core),
    retention: createRetention(core),
    ownData: createOwnDataRequests({ ...core, sealed: sealedColumns(ALL_SERVICES) }),
  };
}

/** What persons look after: cases, and the funds at providers. */
function createDesks(core: Core) {
  return {
    cases: {
      keeper: createCaseKeeper({ ...core, namingOurReference: SERVICES_WITH_OUR_REFERENCE_IN_CALLBACKS }),
      reader: createCaseReader(core),
    },
    providerFunds: { watch: () => watchFunds(core) },
  };
}

function hintsOf(validations: Validations): CallbackHints {
  return { account_validation: (provider, reference) => validations.heard(provider, reference) };
}

type Core = ReturnType<typeof createCore>;

/** What every service stands on: ledger, recorder, holds, settling and the reading of transactions. */
function createCore(given: DomainDependencies, tiers: TierLimits, roads: Roads) {
  const { knex, lists = knex, long = knex, clock, ids, policies, providers } = given;
  const { cipher, digest, profile, wrap = {} } = given;
  const accounts = createAccountDirectory({ knex });
  const ledger = wrapped(
    wrap.ledger,
    createLedger({
      knex,
      clock,
      onBatch: given.onLedgerBatch,
      onPoint: hookOf(given, 'ledger'),
      ...given.ledger,
    }),
  );
  const recorder = wrapped(
    wrap.recorder,
    createOutcomeRecorder({ knex, clock, ids, onPoint: hookOf(given, 'outcome') }),
  );
  const services = wrapped(wrap.services, createPostingRules({ accounts }));
  const cursors = createCursors(given.cursorKey);
  const shared = {
    ...{
      knex,
      lists,
      long,
      clock,
      ids,
      policies,
      providers,
      cipher,
      digest,
      profile,
      cursors,
      recorder,
      tiers,
      roads,
    },
  };
  return {
    ...shared,
    accounts,
    ledger,
    holds: createHolds({ knex, ledger, clock, services, tiers }),
    settler: createSettler({ knex, ledger, clock, services, policies }),
    transactions: createTransactionReader({
      knex,
      lists,
      cursors,
      clock,
      receipts: RECEIPTS,
      consentServices: CONSENT_REFUND_SERVICES,
      reasonsOf: (provider) => (providers.has(provider) ? providers.get(provider).reasons : undefined),
    }),
    announce: (finished: readonly string[]) => given.announce?.(finished),
    onError: (error: unknown) => given.onError?.(error),
  };
}

/** What watches over the books and over the record of what people did. */
function createRecord(given: DomainDependencies, core: Core) {
  return {
    approvalKeeper: createApprovalKeeper(core),
    auditHeads: createAuditHeads({ ...core, signer: given.auditSigner }),
    auditEnd: createAuditEnd(core),
    verifier: createVerifier({
      ...core,
      auditKeys: given.auditSigner?.publicKeys,
      onPoint: hookOf(given, 'verifier'),
    }),
  };
}

/** Sending, asking, and hearing from providers. */
function createDelivery(
  given: DomainDependencies,
  core: Core,
  services: { dispatches: DispatchRegistry<Connector>; hints: CallbackHints },
) {
  const { callLog } = given;
  const { gate, riskWatch } = createRisk(core);
  const callbackPoint = hookOf(given, 'callback');
  return {
    riskWatch,
    sender: createSender({
      ...core,
      ...services,
      gate,
      namingOurReference: SERVICES_WITH_OUR_REFERENCE_IN_CALLBACKS,
      turnWithinMs: given.turnWithinMs,
      onPoint: hookOf(given, 'send'),
    }),
    poller: createPoller({ ...core, ...services, onPoint: hookOf(given, 'poll') }),
    callbackReceiver: createCallbackReceiver({
      ...core,
      tokens: given.callbackTokens,
      networks: given.callbackNetworks,
      callLog,
      onForged: given.onForged,
      onElsewhere: given.onElsewhere,
      onOverBound: given.onOverBound,
      onPoint: callbackPoint,
    }),
    callbackProcessor: createCallbackProcessor({
      ...core,
      ...services,
      namingOurReference: SERVICES_WITH_OUR_REFERENCE_IN_CALLBACKS,
      callLog,
      onPoint: callbackPoint,
    }),
  };
}

function wrapped<T>(wrap: ((inner: T) => T) | undefined, inner: T): T {
  return wrap === undefined ? inner : wrap(inner);
}

/** `written` of the ledger is heard of as `ledger.written`. */
function hookOf({ onPoint }: DomainDependencies, part: string) {
  return (point: string): Hook => onPoint?.(`${part}.${point}`);
}
