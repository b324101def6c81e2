import type { AccountId } from '../../domain/ids/ids';
/** The domain on a real database with a clock that a test moves and a provider that a test scripts; no queue, no HTTP. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createDomain, type DomainWrappers } from '../../composition/domain';
import type { AepsDependencies } from '../../domain/aeps/aeps';
import type { CallbackProcessorDependencies } from '../../domain/callbacks/process';
import type { PollerDependencies } from '../../domain/dispatch/poll';
import type { Connector } from '../../domain/connectors';
import type { SenderDependencies } from '../../domain/dispatch/send';
import type { KeyRotationDependencies } from '../../domain/keys/rotation';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import type { KycDependencies } from '../../domain/kyc/kyc';
import type { LedgerDependencies } from '../../domain/ledger/post';
import type { PayoutFileDependencies } from '../../domain/payout-files/payout-files';
import type { PayoutRequest } from '../../domain/payouts/payout';
import { createPolicies, type PolicyProfile } from '../../domain/policies/policies';
import type { OutcomeRecorderDependencies } from '../../domain/lifecycle/record-outcome';
import type { VerifierDependencies } from '../../domain/verification/verifier';
import type { ReportMakerDependencies } from '../../domain/reports/maker';
import { createAppUser, type AppUser } from '../../domain/users/users';
import type { ValidationDependencies } from '../../domain/validations/validations';
import { FakeClock } from '../../platform/clock';
import { makeKnex, rows } from '../../platform/database';
import {
  createFieldCipher,
  createKeyedDigest,
  type DigestKey,
  type EncryptionKeys,
} from '../../platform/encryption';
import { systemIds, type Ids } from '../../platform/ids';
import { registryOf } from '../../providers/registry';
import { freshDatabase, type TestDatabase } from './database';
import { createMemoryBlobs, type MemoryBlobs } from './memory-blobs';
import { SCRIPTED_TEMPLATE } from './run-state';
import { AEPS_PROVIDER } from './scripted-aeps';
import { COLLECTION_PROVIDER } from './scripted-collection';
import { createScriptedConnector, PROVIDER, type ScriptedConnector } from './scripted-connector';
import { DMT_PROVIDER } from './scripted-dmt';

export interface Points {
  ledger?: LedgerDependencies['onPoint'];
  send?: SenderDependencies['onPoint'];
  poll?: PollerDependencies['onPoint'];
  outcome?: OutcomeRecorderDependencies['onPoint'];
  callback?: CallbackProcessorDependencies['onPoint'];
  aeps?: AepsDependencies['onPoint'];
  validation?: ValidationDependencies['onPoint'];
  verifier?: VerifierDependencies['onPoint'];
  keys?: KeyRotationDependencies['onPoint'];
  kyc?: KycDependencies['onPoint'];
  report?: ReportMakerDependencies['onPoint'];
  payoutFile?: PayoutFileDependencies['onPoint'];
}

export interface ProcessSettings {
  databaseUrl: string;
  clock: FakeClock;
  connector: Connector;
  /** Beside the one for payouts. */
  others?: readonly Connector[];
  ids: Ids;
  /** One key under the name `test1`, or all that the process knows; and one index key, or both. */
  keys: { encryption: Buffer | EncryptionKeys; digest: Buffer; digests?: readonly DigestKey[] };
  profile: PolicyProfile;
  connections: number;
  points: Points;
  ledger: Partial<LedgerDependencies>;
  /** 0 where `clock` counts the rate of a provider: nobody's turn comes while it stands still. */
  turnWithinMs?: number;
  wrap?: DomainWrappers;
  blobs?: MemoryBlobs;
  /** Where lists are read; the pool of the process when it is missing. The test ends it. */
  lists?: Knex;
}

/** A process of the platform: production's domain on a pool of its own. A service whose provider has no connector here refuses. */
export type DomainProcess = Awaited<ReturnType<typeof startProcess>>;

export async function startProcess(settings: ProcessSettings) {
  const { clock, ids, profile, keys, points, ledger, wrap } = settings;
  const knex = makeKnex(settings.databaseUrl, { max: settings.connections, applicationName: 'munim-test' });
  const domain = await createDomain({
    knex,
    lists: settings.lists,
    clock,
    ids,
    profile,
    policies: await createPolicies({ knex, clock, profile }),
    providers: registryOf([settings.connector, ...(settings.others ?? [])]),
    cipher: createFieldCipher(keysOf(keys.encryption)),
    digest: createKeyedDigest(...(keys.digests ?? [keys.digest])),
    cursorKey: keys.digest,
    routes: { payout: PROVIDER, dmt: DMT_PROVIDER, aeps: AEPS_PROVIDER, collection: COLLECTION_PROVIDER },
    onPoint: (place) => hitPoint(points, place),
    ledger,
    turnWithinMs: settings.turnWithinMs,
    blobs: settings.blobs,
    wrap,
  });
  return {
    ...domain,
    knex,
    clock,
    ids,
    async close() {
      await domain.close();
      await knex.destroy();
    },
  };
}

function keysOf(given: Buffer | EncryptionKeys): EncryptionKeys {
  return Buffer.isBuffer(given) ? { keys: new Map([['test1', given]]), activeKid: 'test1' } : given;
}

/** `ledger.written` is the point `written` of the part `ledger`. */
function hitPoint(points: Points, place: string): Promise<void> | void {
  const [part, point] = place.split('.') as [keyof Points, string];
  return points[part]?.(point as never);
}

export interface World {
  database: TestDatabase;
  /** Of the superuser, who may do to the tables what no process may. */
  knex: Knex;
  clock: FakeClock;
  connector: ScriptedConnector;
  blobs: MemoryBlobs;
  first: DomainProcess;
  settings: ProcessSettings;
  /** Points of the first process; set them to freeze or kill it there. */
  points: Points;
  /** Another process on the same database, with a pool of its own. */
  process(options?: Partial<Pick<ProcessSettings, 'points' | 'ledger' | 'lists'>>): Promise<DomainProcess>;
  user(fundsPaise: bigint): Promise<AppUser>;
  accept(user: AppUser, over?: Partial<PayoutRequest>): Promise<string>;
  close(): Promise<void>;
}

export interface WorldOptions {
  profile?: PolicyProfile;
  start?: string;
  connections?: number;
  others?: readonly Connector[];
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const database = await freshDatabase({ template: SCRIPTED_TEMPLATE });
  const connector = createScriptedConnector();
  const points: Points = {};
  const blobs = createMemoryBlobs();
  const settings: ProcessSettings = {
    databaseUrl: database.appUrl,
    clock: new FakeClock(options.start),
    connector,
    others: options.others,
    ids: systemIds,
    keys: { encryption: randomBytes(32), digest: randomBytes(32) },
    profile: options.profile ?? 'production',
    connections: options.connections ?? 8,
    points,
    blobs,
    ledger: {},
  };
  const first = await startProcess(settings);
  const processes = [first];
  const knex = makeKnex(database.url, { max: 4, applicationName: 'munim-test' });
  return {
    database,
    knex,
    clock: settings.clock,
    connector,
    blobs,
    first,
    settings,
    points,
    async process({ points: own = {}, ledger = {}, lists } = {}) {
      const next = await startProcess({ ...settings, points: own, ledger, lists });
      processes.push(next);
      return next;
    },
    user: (fundsPaise) => createFundedUser(first, fundsPaise),
    accept: (user, over) => acceptPayout(first, user, over),
    async close() {
      await Promise.all([...processes.map((p) => p.close()), knex.destroy()]);
      await database.dropBeside();
    },
  };
}

export async function createFundedUser(
  p: Pick<DomainProcess, 'knex' | 'ids' | 'ledger'>,
  fundsPaise: bigint,
): Promise<AppUser> {
  const user = await p.knex.transaction((trx) => createAppUser(trx, p.ids, { name: 'Test Trader' }));
  if (fundsPaise > 0n) await fund(p, user.accountId, fundsPaise);
  return user;
}

export async function fund(
  p: Pick<DomainProcess, 'knex' | 'ids' | 'ledger'>,
  accountId: AccountId,
  amountPaise: bigint,
): Promise<void> {
  const bank = (await openAccounts(p.knex, [accountCode.bank('escrow')])).get(accountCode.bank('escrow'))!;
  await p.ledger.post({
    journal: {
      id: p.ids.uuid(),
      transactionId: null,
      transfers: [{ debitAccountId: bank, creditAccountId: accountId, amountPaise, code: 'funding' }],
    },
  });
}

/** 1,500.00 by IMPS: fee 5.00, tax 0.90. */
export async function acceptPayout(
  p: Pick<DomainProcess, 'acceptPayouts'>,
  user: AppUser,
  over: Partial<PayoutRequest> = {},
): Promise<string> {
  const accepted = await p.acceptPayouts.accept(
    { ...user, keyId: 'key', scopes: ['payouts:write'], services: ['payout'], role: 'retailer' },
    randomUUID(),
    {
      amountPaise: 150_000n,
      currency: 'INR',
      mode: 'IMPS',
      reference: `ref-${randomUUID().slice(0, 18)}`,
      beneficiary: {
        name: 'Test Beneficiary',
        account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
      },
      ...over,
    },
  );
  return accepted.id;
}

export interface TransactionRow {
  id: string;
  state: string;
  outcome: string | null;
  attemptNo: number;
  outcomeCount: number;
  effectCount: number;
  postedCount: number;
  moveCount: number;
  driveNo: number;
  drives: number;
  dueJob: string | null;
  dueAt: Date | null;
  nextPollAt: Date | null;
  pollNo: number;
  statusReason: string | null;
  providerReference: string | null;
  utr: string | null;
  finishedAt: Date | null;
  sendBefore: Date | null;
}

export async function transactionRow(knex: Knex, id: string): Promise<TransactionRow> {
  const [row] = await rows<TransactionRow>(
    knex,
    `select id, state, outcome, attempt_no as "attemptNo", outcome_count as "outcomeCount",
      effect_count as "effectCount", posted_count as "postedCount", move_count as "moveCount",
    drive_no as "driveNo", drives, due_job as "dueJob", due_at as "dueAt", next_poll_at as "nextPollAt",
    poll_no as "pollNo", status_reason as "statusReason", provider_reference as "providerReference", utr,
    finished_at as "finishedAt", send_before as "sendBefore" from transactions where id = ?`,
    [id],
  );
  return row!;
}

export async function outcomesOf(
  knex: Knex,
  id: string,
): Promise<
  { seq: number; kind: string; source: string; decision: string; effect: string | null; rawStatus: string }[]
> {
  return rows(
    knex,
    'select seq, kind, source, decision, effect, raw_status as "rawStatus" from transaction_outcomes where transaction_id = ? order by seq',
    [id],
  );
}

export async function attemptsOf(
  knex: Knex,
  id: string,
): Promise<
  { attemptNo: number; ourReference: string; idempotencyKey: string; sendCount: number; sendBefore: Date }[]
> {
  return rows(
    knex,
    `select attempt_no as "attemptNo", our_reference as "ourReference", idempotency_key as "idempotencyKey",
      send_count as "sendCount", send_before as "sendBefore" from dispatch_attempts where transaction_id = ?
      order by attempt_no`,
    [id],
  );
}

/** Kinds of the open cases about a transaction, sorted. */
export async function casesOf(knex: Knex, id: string): Promise<string[]> {
  return (
    await rows<{ kind: string }>(
      knex,
      'select kind from ops_cases where transaction_id = ? and closed_at is null order by kind',
      [id],
    )
  ).map((c) => c.kind);
}

/** Moves as `from>to`, in order. */
export async function movesOf(knex: Knex, id: string): Promise<string[]> {
  return (
    await rows<{ move: string }>(
      knex,
      "select from_state || '>' || to_state as move from transaction_events where transaction_id = ? order by seq",
      [id],
    )
  ).map((e) => e.move);
}

/** Balances (credits minus debits) by code; accounts at zero are left out. */
export async function balances(knex: Knex): Promise<Record<string, bigint>> {
  const found = await rows<{ code: string; balance: bigint }>(
    knex,
    'select code, credits_paise - debits_paise as balance from ledger_accounts order by code',
  );
  return Object.fromEntries(found.filter((a) => a.balance !== 0n).map((a) => [a.code, a.balance]));
}

export async function balanceOf(knex: Knex, accountId: AccountId): Promise<bigint> {
  const [found] = await rows<{ balance: bigint }>(
    knex,
    'select credits_paise - debits_paise as balance from ledger_accounts where id = ?',
    [accountId],
  );
  return found!.balance;
}
