/** The platform of a generated month: the domain's parts on a database, with a clock that the month moves, and its people. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createDomain } from '../../composition/domain';
import { createOperations, type Operations } from '../../composition/operations';
import { createReconciliationOperations } from '../../composition/reconciliation';
import { createTerminals } from '../../domain/aeps/terminals';
import type { ConnectorRegistry } from '../../domain/connectors';
import type { Person } from '../../domain/approvals/approvals';
import { ruleProposal, schemeProposal } from '../../domain/commissions/schemes';
import { slabsFromText } from '../../domain/commissions/slab-text';
import { bankJournalId, providerJournalId } from '../../domain/funds/funds';
import type { UserId } from '../../domain/ids/ids';
import { accountCode } from '../../domain/ledger/accounts';
import type { Transfer } from '../../domain/ledger/journal';
import { createPolicies, type PolicyProfile } from '../../domain/policies/policies';
import { createPostingRules } from '../../domain/services/services';
import { createAppUser, upsertOpsUser, type AppUser } from '../../domain/users/users';
import { addMs, FakeClock, startOfBusinessDate } from '../../platform/clock';
import { execute, LONG_WORK_MS, makeKnex, rows } from '../../platform/database';
import { createFieldCipher, createKeyedDigest } from '../../platform/encryption';
import { uuidAt, type Ids } from '../../platform/ids';
import { SANDBOX_FLOAT_PAISE } from '../stack/seeding';

export const BANK = 'escrow';
export const PROVIDERS = ['razorpayx', 'eko', 'setu'] as const;
const WALLET_PAISE = 100_000_000_000n;
const TERMINAL = 'till-1';

export interface WorldPlaces {
  /** In the name of the role of the processes, and of the one that owns the tables. */
  appUrl: string;
  ownerUrl: string;
  profile?: PolicyProfile;
}

export interface Retailer extends AppUser {
  beneficiaryId: string;
  senderId: string;
  recipientId: string;
}

export interface MonthWorld {
  knex: Knex;
  owner: Knex;
  clock: FakeClock;
  ids: Ids;
  profile: PolicyProfile;
  parts: Awaited<ReturnType<typeof partsOf>>;
  operations: Operations;
  maker: Person;
  checker: Person;
  retailers: readonly Retailer[];
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Opens the providers' books by the clock, and says what RazorpayX calls the money that its account begins with. */
type TopUpOf = (clock: FakeClock) => Promise<string>;

/**
 * Opens a platform on an empty database that is migrated. Prices are agreed on the day before the month; the first
 * posting is of its first day, since nights begin with the books.
 */
export async function openMonthWorld(
  places: WorldPlaces,
  { retailers, firstDay, topUpOf }: { retailers: number; firstDay: string; topUpOf: TopUpOf },
): Promise<MonthWorld> {
  const begins = startOfBusinessDate(firstDay);
  const clock = new FakeClock(addMs(begins, -12 * HOUR_MS));
  const ids: Ids = { uuid: () => uuidAt(clock.now()) };
  const profile = places.profile ?? 'production';
  const knex = makeKnex(places.appUrl, {
    max: 6,
    applicationName: 'munim-month',
    statementMs: LONG_WORK_MS,
    session: { idle_in_transaction_session_timeout: 0 },
  });
  const owner = makeKnex(places.ownerUrl, {
    max: 2,
    applicationName: 'munim-month',
    statementMs: LONG_WORK_MS,
  });
  const parts = await partsOf({ knex, clock, ids, profile });
  const operations = await createOperations({ knex: owner, clock, ids, profile, sessionMs: 900_000 });
  const world = { knex, owner, clock, ids, profile, parts, operations };
  const [maker, checker] = [await staff(world, 'maker'), await staff(world, 'checker')];
  await makeSchemes({ ...world, maker, checker }, firstDay);
  clock.set(addMs(begins, 6 * HOUR_MS));
  await bringMoney(world, await topUpOf(clock));
  return {
    ...world,
    ...{ maker, checker },
    retailers: await makeNetwork(world, retailers),
    async close() {
      operations.close();
      await parts.close();
      await Promise.all([knex.destroy(), owner.destroy()]);
    },
  };
}

interface Base {
  knex: Knex;
  clock: FakeClock;
  ids: Ids;
  profile: PolicyProfile;
}

/** The product's domain, whose providers are names alone: nobody is called in a month. */
async function partsOf(base: Base) {
  const { knex, clock, profile } = base;
  const policies = await createPolicies({ knex, clock, profile });
  const domain = await createDomain({
    ...{ ...base, policies, providers: NAMES },
    cipher: createFieldCipher({ keys: new Map([['month', randomBytes(32)]]), activeKid: 'month' }),
    digest: createKeyedDigest(randomBytes(32)),
    cursorKey: randomBytes(32),
    routes: { payout: 'razorpayx', dmt: 'eko', aeps: 'eko', collection: 'razorpay' },
  });
  const reconciliation = createReconciliationOperations({
    ...{ ...base, policies, accounts: domain.accounts },
    services: createPostingRules({ accounts: domain.accounts }),
  });
  return { ...domain, reconciliation: reconciliation.desk };
}

const NAMES: ConnectorRegistry = {
  names: () => PROVIDERS,
  has: () => false,
  close: () => Promise.resolve(),
  get: (name) => {
    throw new Error(`nobody calls ${name} in a generated month`);
  },
};

type Made = Base & Pick<MonthWorld, 'owner' | 'parts' | 'operations'>;

/** The owners' money comes to our bank, and from there to the providers, as the sandbox's books begin. */
async function bringMoney({ parts, ids }: Made, topUp: string): Promise<void> {
  const bank = await parts.accounts.id(accountCode.bank(BANK));
  const capital = await parts.accounts.id(accountCode.capital());
  const post = (id: string, transfers: Transfer[]) =>
    parts.ledger.post({ journal: { id, transactionId: null, transfers } });
  for (const provider of PROVIDERS) {
    const paise = openingOf(provider);
    const float = await parts.accounts.id(accountCode.float(provider));
    const moved = { amountPaise: paise, debitAccountId: bank, creditAccountId: capital };
    await post(ids.uuid(), [{ ...moved, code: 'capital' }]);
    await post(provider === 'razorpayx' ? providerJournalId('float.opening', provider, topUp) : ids.uuid(), [
      { ...moved, debitAccountId: float, creditAccountId: bank, code: 'float_top_up' },
    ]);
  }
}

export const OPENING_PAISE = SANDBOX_FLOAT_PAISE;
/** Setu has one wallet for each of its two products. */
export const openingOf = (provider: (typeof PROVIDERS)[number]): bigint =>
  provider === 'setu' ? 2n * OPENING_PAISE : OPENING_PAISE;

async function staff({ owner, ids }: Made, name: string): Promise<Person> {
  const email = `${name}@munim.example`;
  await upsertOpsUser(owner, ids, { name: `Month ${name}`, email, passwordHash: 'none', role: 'operator' });
  const [found] = await rows<{ id: UserId }>(owner, 'select id from users where email = ?', [email]);
  return { userId: found!.id, role: 'operator' };
}

/** Of what a provider pays, in basis points by level; what is left is ours. */
export const SHARES = { retailer: 6_000n, distributor: 1_500n, master_distributor: 500n } as const;
export const FEE_SHARES = { retailer: 1_000n } as const;
/** Of payouts by these modes and from these amounts on: of others the provider's fee leaves nothing. */
export const FEE_SHARED_FROM: Readonly<Record<string, bigint>> = { IMPS: 100_001n, NEFT: 1_000n };
const SHARED = ['dmt', 'bbps', 'recharge', 'aeps'] as const;

async function makeSchemes(
  { operations, maker, checker }: Made & Pick<MonthWorld, 'maker' | 'checker'>,
  firstDay: string,
): Promise<void> {
  const why = { reason: 'the price list of the month', evidence: 'agreed with the network' };
  const approved = async (proposal: ReturnType<typeof schemeProposal>): Promise<void> => {
    const { id } = await operations.approvals.propose(proposal, maker);
    await operations.approvals.approve(id, checker);
  };
  const textOf = (from: bigint, shares: Readonly<Record<string, bigint>>): string =>
    `%${from}-100000000:${Object.entries(shares)
      .map(([level, bps]) => `${level}=${bps}bp`)
      .join(',')}`;
  await approved(schemeProposal({ name: 'month', scope: 'all', user: null, ...why }));
  const all = SHARED.map((service) => ({ service, category: null, slabs: textOf(1_000n, SHARES) }));
  const payouts = Object.entries(FEE_SHARED_FROM).map(([category, from]) => ({
    ...{ service: 'payout', category, slabs: textOf(from, FEE_SHARES) },
  }));
  for (const { slabs, ...place } of [...all, ...payouts])
    await approved(
      ruleProposal({
        ...{ scheme: 'month', operator: null, inForceFrom: firstDay, slabs: slabsFromText(slabs) },
        ...place,
        ...why,
      }),
    );
}

async function makeNetwork(world: Made, count: number): Promise<Retailer[]> {
  const { knex, ids } = world;
  const make = (name: string, type: 'master_distributor' | 'distributor' | 'retailer', parentId?: UserId) =>
    knex.transaction((trx) =>
      createAppUser(trx, ids, { name, type, ...(parentId === undefined ? {} : { parentId }) }),
    );
  const top = await make('Month Maharashtra', 'master_distributor');
  const middle: AppUser[] = [];
  for (const place of ['Pune', 'Nagpur', 'Nashik'])
    middle.push(await make(`Month ${place}`, 'distributor', top.userId));
  const made: Retailer[] = [];
  for (let i = 0; i < count; i += 1) {
    const user = await make(`Month shop ${i + 1}`, 'retailer', middle[i % middle.length]!.userId);
    made.push(await equip(world, user));
  }
  return made;
}

/** Money, a terminal, and whom they pay. What is sealed is no text: nobody opens it here. */
async function equip({ parts, knex, owner, clock, ids }: Made, user: AppUser): Promise<Retailer> {
  await fund({ parts }, user, WALLET_PAISE, `OPENING-${user.userId}`);
  await createTerminals({ knex, clock }).register(user.userId, TERMINAL, 'month');
  const own = { beneficiaryId: ids.uuid(), senderId: ids.uuid(), recipientId: ids.uuid() };
  const fingerprint = randomBytes(32);
  await execute(
    owner,
    `with payee as (
      insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint)
      values (:beneficiaryId, :userId, 'bank', :fingerprint, 'v1.x.x.x.x', 'v1.x.x.x.x', 'HDFC0000053', '…0000')
    ), sender as (
      insert into dmt_senders (id, user_id, provider, mobile_sealed, mobile_fingerprint, hint, state, kyc_level,
        verified_at, checked_at, created_at, served_at)
      values (:senderId, :userId, 'eko', 'v1.x.x.x.x', :fingerprint, '98…10', 'active', 'ekyc', :at::timestamptz,
        :at::timestamptz, :at::timestamptz, :at::timestamptz)
    )
    insert into dmt_recipients (id, sender_id, provider_ref, name_sealed, account_sealed, fingerprint, ifsc, bank, hint,
      is_verified, created_at)
    values (:recipientId, :senderId, '1', 'v1.x.x.x.x', 'v1.x.x.x.x', :fingerprint, 'HDFC0000053', 'HDFC', '0000', true,
      :at::timestamptz)`,
    { ...own, userId: user.userId, fingerprint, at: clock.now() },
  );
  return { ...user, ...own };
}

/** A retailer brings money to our bank; the journal is derived from the reference that the bank's line has. */
export async function fund(
  { parts }: Pick<MonthWorld, 'parts'>,
  user: AppUser,
  amountPaise: bigint,
  reference: string,
): Promise<void> {
  await parts.ledger.post({
    journal: {
      ...{ id: bankJournalId(BANK, reference), transactionId: null },
      transfers: [
        {
          debitAccountId: await parts.accounts.id(accountCode.bank(BANK)),
          creditAccountId: user.accountId,
          ...{ amountPaise, code: 'funding' },
        },
      ],
    },
  });
}
