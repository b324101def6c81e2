import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import type { AccountId, UserId } from '../ids/ids';
import { accountCode, openAccounts, type AccountDirectory } from '../ledger/accounts';
import type { AccountSnapshot } from '../ledger/apply';
import type { Journal, Transfer } from '../ledger/journal';
import { postIn } from '../ledger/post';
import { lockAccountsForUpdate } from '../ledger/rows';
import {
  closeDays,
  insertWallets,
  openDays,
  readPayees,
  lockYears,
  takeDues,
  tdsRuleOn,
  usersWithDues,
  withoutWallet,
  writePayouts,
  writeYears,
  type Due,
  type Payee,
  type PayoutRow,
  type TdsRule,
  type YearRow,
} from './payout-rows';
import type { CommissionMode } from './modes';
import { NO_YEAR, taxOn, taxYear } from './tax';

/**
 * Pays commission into commission wallets: what is due by the day, less the tax, some thousand users at a time, each
 * batch in one database transaction with its postings. What has to be given back is taken from the wallet; what the
 * wallet cannot give stands as owed to us, and comes out of the next commission first.
 *
 * Runs at once wait for each other where they meet: a due is locked, and paid once; so is the year of a person, so that
 * the tax of one who has several users is that of the sum. Locks come in one order: dues, years, accounts.
 */
export interface CommissionPayouts {
  run(): Promise<PaidOut>;
}

export interface PaidOut {
  payouts: number;
  grossPaise: Paise;
  tdsPaise: Paise;
}

export interface PayoutDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  accounts: AccountDirectory;
  /** Only what is paid in this way; without it all that is due. */
  mode?: CommissionMode;
  /** Users of one database transaction. */
  batch?: number;
  onBatch?(done: PaidOut): Promise<void> | void;
}

const BATCH = 2_000;
/** While one computes, the other waits for the database. */
const AT_ONCE = 2;
const LOCK = 20261212010001n;
const NOBODY = '00000000-0000-0000-0000-000000000000';

export function createCommissionPayouts(deps: PayoutDependencies): CommissionPayouts {
  const { knex, clock, batch = BATCH } = deps;
  return {
    async run() {
      const sum: PaidOut = { payouts: 0, grossPaise: 0n, tdsPaise: 0n };
      const day = businessDate(clock.now());
      const open = await openDays(knex, day);
      const days = open.map(({ payableFrom }) => payableFrom);
      const next = usersInTurn(deps, days, batch);
      const pay = async (): Promise<void> => {
        for (let users = await next(); users.length > 0; users = await next()) {
          await openMissing(deps, users);
          const done = await knex.transaction((trx) => payBatch(trx, deps, { users, days }));
          add(sum, done);
          await deps.onBatch?.(done);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, pay));
      if (deps.mode === undefined) await closeDays(knex, open);
      return sum;
    },
  };
}

/** Some users after those before, day after day; none at the end. Whoever asks waits for the answer to who asked before. */
function usersInTurn({ knex, mode }: PayoutDependencies, days: readonly string[], limit: number) {
  const left = [...days];
  let after: string = NOBODY;
  const find = async (): Promise<UserId[]> => {
    for (; left[0] !== undefined; left.shift(), after = NOBODY) {
      const users = await usersWithDues(knex, { after, payableFrom: left[0], mode: mode ?? null, limit });
      if (users.length > 0) {
        after = users.at(-1)!;
        return users;
      }
    }
    return [];
  };
  let turn: Promise<UserId[]> = Promise.resolve([]);
  return () => (turn = turn.then(find));
}

function add(sum: PaidOut, { payouts, grossPaise, tdsPaise }: PaidOut): void {
  sum.payouts += payouts;
  sum.grossPaise += grossPaise;
  sum.tdsPaise += tdsPaise;
}

/** Before the money is moved: an account is never opened inside a posting. */
async function openMissing({ knex, ids }: PayoutDependencies, users: readonly UserId[]): Promise<void> {
  if ((await withoutWallet(knex, users)).length === 0) return;
  await knex.transaction(async (trx) => {
    await execute(trx, 'select pg_advisory_xact_lock(?)', [LOCK]);
    const missing = await withoutWallet(trx, users);
    const codeOf = (user: UserId): string => accountCode.wallet(user, 'commission');
    const accounts = await openAccounts(trx, missing.map(codeOf));
    await insertWallets(
      trx,
      missing.map((user) => ({ id: ids.uuid(), userId: user, accountId: accounts.get(codeOf(user))! })),
    );
  });
}

interface Batch {
  users: readonly UserId[];
  /** What is due from these days is paid. */
  days: readonly string[];
}

async function payBatch(trx: Knex.Transaction, deps: PayoutDependencies, batch: Batch): Promise<PaidOut> {
  const dues = await takeDues(trx, { users: batch.users, days: batch.days, mode: deps.mode ?? null });
  const sum: PaidOut = { payouts: dues.length, grossPaise: 0n, tdsPaise: 0n };
  if (dues.length === 0) return sum;
  const payees = await readPayees(trx, [...new Set(dues.map(({ userId }) => userId))]);
  // The day of the credit decides about the tax: a run that goes on after midnight pays on the next day.
  const at = deps.clock.now();
  const day = businessDate(at);
  const rule = await tdsRuleOn(trx, day);
  const taxed = await tax(trx, { dues, payees, rule, day });
  const { payouts, journals, locked } = await journalsOf(trx, deps, { taxed, payees });
  const results = await postIn(
    trx,
    { clock: { now: () => at }, locked },
    journals.map((journal) => ({ journal })),
  );
  const refused = results.find(({ status }) => status !== 'posted');
  if (refused !== undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: 'a payout of commission was refused by the ledger' });
  await writePayouts(trx, payouts, { day, year: taxYear(day), rule, at });
  for (const { grossPaise, tdsPaise } of payouts) {
    sum.grossPaise += grossPaise;
    sum.tdsPaise += tdsPaise;
  }
  return sum;
}

interface TaxedDue extends Due {
  bps: number;
  basePaise: Paise;
  tdsPaise: Paise;
}

/** The tax of each due, by person; the person's year is written. */
async function tax(
  trx: Knex.Transaction,
  given: { dues: readonly Due[]; payees: ReadonlyMap<UserId, Payee>; rule: TdsRule; day: string },
): Promise<TaxedDue[]> {
  const { dues, payees, rule, day } = given;
  const ofPerson = new Map<string, { bps: number; dues: Due[] }>();
  for (const due of dues) {
    const { deducteeId, hasPan } = payees.get(due.userId)!;
    const person = ofPerson.get(deducteeId) ?? { bps: hasPan ? rule.bps : rule.noPanBps, dues: [] };
    person.dues.push(due);
    ofPerson.set(deducteeId, person);
  }
  const [year, { section }] = [taxYear(day), rule];
  const deductees = [...ofPerson].map(([deducteeId, { bps }]) => ({ deducteeId, bps }));
  const known = await lockYears(trx, { deductees, year, section });
  const years: YearRow[] = [];
  const taxed: TaxedDue[] = [];
  for (const [deducteeId, { bps, dues: own }] of ofPerson) {
    const found = taxOn(
      known.get(deducteeId) ?? NO_YEAR,
      own.map(({ grossPaise }) => grossPaise),
      { ...rule, bps },
    );
    years.push({ ...found.year, deducteeId, bps });
    own.forEach((due, i) => taxed.push({ ...due, bps, ...found.taxed[i]! }));
  }
  await writeYears(trx, years, { year, section });
  return taxed;
}

interface Posted {
  payouts: PayoutRow[];
  journals: Journal[];
  locked: ReadonlyMap<AccountId, AccountSnapshot>;
}

async function journalsOf(
  trx: Knex.Transaction,
  deps: PayoutDependencies,
  { taxed, payees }: { taxed: readonly TaxedDue[]; payees: ReadonlyMap<UserId, Payee> },
): Promise<Posted> {
  const tdsPayable = await deps.accounts.id(accountCode.tdsPayable());
  const expenses = new Map<string, AccountId>();
  for (const { level } of taxed)
    if (!expenses.has(level))
      expenses.set(level, await deps.accounts.id(accountCode.commissionExpense(level)));
  const receivables = await openReceivables(trx, taxed, payees);
  const accounts = await lockAccountsForUpdate(trx, [
    ...new Set([
      tdsPayable,
      ...expenses.values(),
      ...receivables.values(),
      ...[...payees.values()].map(({ walletAccount }) => walletAccount),
    ]),
  ]);
  const rest = createRest(accounts);
  const posted: Posted = { payouts: [], journals: [], locked: accounts };
  for (const due of taxed) {
    const payee = payees.get(due.userId)!;
    const receivable = receivables.get(due.userId);
    const sides = { wallet: payee.walletAccount, receivable, expense: expenses.get(due.level)!, tdsPayable };
    const moved = rest.move(sides, due.grossPaise - due.tdsPaise);
    const id = deps.ids.uuid();
    posted.payouts.push({ ...due, ...moved, id, payee });
    posted.journals.push({ id, transactionId: null, transfers: transfersOf(sides, { ...due, ...moved }) });
  }
  return posted;
}

interface Sides {
  wallet: AccountId;
  receivable: AccountId | undefined;
  expense: AccountId;
  tdsPayable: AccountId;
}

/** Of those who owe us something, and of those who may come to owe it in this batch. */
async function openReceivables(
  trx: Knex.Transaction,
  taxed: readonly TaxedDue[],
  payees: ReadonlyMap<UserId, Payee>,
): Promise<Map<UserId, AccountId>> {
  const found = new Map<UserId, AccountId>();
  for (const { userId, receivableAccount } of payees.values())
    if (receivableAccount !== null) found.set(userId, receivableAccount);
  const users = [
    ...new Set(taxed.filter((due) => due.grossPaise < due.tdsPaise).map(({ userId }) => userId)),
  ];
  const missing = users.filter((user) => !found.has(user));
  const opened = await openAccounts(trx, missing.map(accountCode.userReceivable));
  for (const user of missing) found.set(user, opened.get(accountCode.userReceivable(user))!);
  return found;
}

/** What wallets can give and users owe, as the payouts of a batch go on. */
function createRest(accounts: ReadonlyMap<AccountId, AccountSnapshot>) {
  const changed = new Map<AccountId, Paise>();
  const balance = (id: AccountId): Paise => {
    const { creditsPaise, debitsPaise } = accounts.get(id)!;
    return creditsPaise - debitsPaise + (changed.get(id) ?? 0n);
  };
  const change = (id: AccountId, by: Paise): void => void changed.set(id, (changed.get(id) ?? 0n) + by);
  const spendable = (id: AccountId): Paise => {
    const { floorPaise, spendFloorPaise } = accounts.get(id)!;
    return atLeastNothing(balance(id) - (spendFloorPaise ?? floorPaise ?? 0n));
  };
  return {
    move({ wallet, receivable }: Sides, netPaise: Paise): { walletPaise: Paise; receivablePaise: Paise } {
      const owed = receivable === undefined ? 0n : -balance(receivable);
      const walletPaise =
        netPaise < 0n
          ? -least(spendable(wallet), -netPaise)
          : netPaise - least(atLeastNothing(owed), netPaise);
      const receivablePaise = walletPaise - netPaise;
      change(wallet, walletPaise);
      if (receivable !== undefined) change(receivable, -receivablePaise);
      return { walletPaise, receivablePaise };
    },
  };
}

const least = (a: Paise, b: Paise): Paise => (a < b ? a : b);
const atLeastNothing = (a: Paise): Paise => (a > 0n ? a : 0n);

/**
 * Expense -> wallet, the net; expense -> TDS payable, the tax; expense -> what the user owes us, where commission pays
 * that first. What is taken back goes the other way, with codes that end in `_reversed`.
 */
function transfersOf(
  { wallet, receivable, expense, tdsPayable }: Sides,
  { walletPaise, receivablePaise, tdsPaise }: Pick<PayoutRow, 'walletPaise' | 'receivablePaise' | 'tdsPaise'>,
): Transfer[] {
  return [
    ...signed(expense, wallet, walletPaise, 'commission_share'),
    ...signed(expense, tdsPayable, tdsPaise, 'commission_share_tds'),
    ...(receivable === undefined
      ? []
      : signed(expense, receivable, -receivablePaise, 'commission_share_owed')),
  ];
}

function signed(debit: AccountId, credit: AccountId, amountPaise: Paise, code: string): Transfer[] {
  if (amountPaise === 0n) return [];
  return amountPaise > 0n
    ? [{ debitAccountId: debit, creditAccountId: credit, amountPaise, code }]
    : [
        {
          debitAccountId: credit,
          creditAccountId: debit,
          amountPaise: -amountPaise,
          code: `${code}_reversed`,
        },
      ];
}
