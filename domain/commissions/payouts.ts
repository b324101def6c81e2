import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { least, type Paise } from '../../platform/money';
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
  type TaxedAs,
  type TdsRule,
  type YearRow,
} from './payout-rows';
import {
  lockYearsOf,
  mirrorsOf,
  sumOf,
  takeOutOfYears,
  takeReturns,
  writeReturns,
  type OpenReturn,
} from './returns';
import type { CommissionMode } from './modes';
import { NO_YEAR, taxOn, taxYear } from './tax';

/**
 * Pays commission into commission wallets: what is due by the day, less the tax, some thousand users at a time, each
 * batch in one database transaction with its postings. What has to be given back is the mirror of the payout that paid it
 * (returns.ts). It is taken from the commission wallet, then from the main wallet; what they cannot give stands as owed to
 * us, and comes out of the next commission first.
 *
 * Runs at once wait for each other where they meet: a due is locked, and paid once; so is the year of a person, so that
 * the tax of one who has several users is that of the sum. Locks come in one order: dues, returns, years, accounts.
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
/** So many batches of users are looked up by one statement, and have their wallets opened. */
const BATCHES_AHEAD = 10;
/** While one posts, which holds the accounts that all of them move, the others compute and read. */
const AT_ONCE = 3;
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

/**
 * Some users after those before, with their wallets open, day after day; none at the end. Whoever asks waits for the answer
 * to who asked before.
 */
function usersInTurn(deps: PayoutDependencies, days: readonly string[], batch: number) {
  const { knex, mode = null } = deps;
  const left = [...days];
  const limit = batch * BATCHES_AHEAD;
  let ahead: UserId[] = [];
  let after: string = NOBODY;
  const find = async (): Promise<UserId[]> => {
    while (ahead.length === 0 && left[0] !== undefined) {
      ahead = await usersWithDues(knex, { after, payableFrom: left[0], mode, limit });
      after = ahead.at(-1) ?? NOBODY;
      if (ahead.length === 0) left.shift();
      else await openMissing(deps, ahead);
    }
    return ahead.splice(0, batch);
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
  const asked = { users: batch.users, days: batch.days, mode: deps.mode ?? null };
  const open = await takeDues(trx, asked);
  const { dues, mirrored, never } = sumOf(open, await takeReturns(trx, asked));
  // The day of the credit decides about the tax: a run that goes on after midnight pays on the next day.
  const at = deps.clock.now();
  const credits: Credits = { dues, mirrored };
  const { payouts, journals, locked } = await postingsOf(trx, deps, credits, businessDate(at));
  await writeReturns(trx, [
    ...never.map((one) => ({ ...one, payoutId: null })),
    ...payouts.flatMap(({ id, of }) => (of === undefined ? [] : [{ ...of, payoutId: id }])),
  ]);
  const sum: PaidOut = { payouts: payouts.length, grossPaise: 0n, tdsPaise: 0n };
  if (payouts.length === 0) return sum;
  const results = await postIn(
    trx,
    { clock: { now: () => at }, locked },
    journals.map((journal) => ({ journal })),
  );
  const refused = results.find(({ status }) => status !== 'posted');
  if (refused !== undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: 'a payout of commission was refused by the ledger' });
  await writePayouts(trx, payouts, { day: businessDate(at), at });
  for (const { grossPaise, tdsPaise } of payouts) {
    sum.grossPaise += grossPaise;
    sum.tdsPaise += tdsPaise;
  }
  return sum;
}

/** What is credited, and what is given back of earlier payouts. */
interface Credits {
  dues: readonly Due[];
  mirrored: readonly OpenReturn[];
}

interface TaxedDue extends Due, TaxedAs {
  basePaise: Paise;
  tdsPaise: Paise;
  ofPayout: string | null;
  /** Of what is given back. */
  of?: OpenReturn;
}

async function postingsOf(
  trx: Knex.Transaction,
  deps: PayoutDependencies,
  { dues: due, mirrored }: Credits,
  day: string,
): Promise<Posted> {
  if (due.length + mirrored.length === 0) return { payouts: [], journals: [], locked: new Map() };
  const { mirrors, others } = mirrored.length === 0 ? NO_MIRRORS : await mirrorsOf(trx, mirrored);
  const dues: (Due & { of?: OpenReturn })[] = [
    ...due,
    ...others.map((of) => ({ ...of, grossPaise: -of.grossPaise, dues: {}, of })),
  ];
  const payees = await readPayees(trx, [...new Set([...dues, ...mirrors].map(({ userId }) => userId))]);
  const rule = await tdsRuleOn(trx, day);
  if (mirrors.length > 0) {
    const ofToday = dues.map(({ userId }) => ({ ...payees.get(userId)!, year: taxYear(day) }));
    await lockYearsOf(trx, [...ofToday, ...mirrors]);
  }
  const taxed = dues.length === 0 ? [] : await tax(trx, { dues, payees, rule, day });
  if (mirrors.length > 0) await takeOutOfYears(trx, mirrors);
  // What is given back can come out of what is paid at the same time.
  return journalsOf(trx, deps, { taxed: [...taxed, ...mirrors], payees });
}

const NO_MIRRORS = { mirrors: [], others: [] };

/** The tax of each due, by person; the person's year is written. */
async function tax(
  trx: Knex.Transaction,
  given: { dues: readonly Due[]; payees: ReadonlyMap<UserId, Payee>; rule: TdsRule; day: string },
): Promise<TaxedDue[]> {
  const { dues, payees, rule, day } = given;
  const ofPerson = new Map<string, { bps: number; hasPan: boolean; dues: Due[] }>();
  for (const due of dues) {
    const { deducteeId, hasPan } = payees.get(due.userId)!;
    const bps = hasPan ? rule.bps : rule.noPanBps;
    const person = ofPerson.get(deducteeId) ?? { bps, hasPan, dues: [] };
    person.dues.push(due);
    ofPerson.set(deducteeId, person);
  }
  const [year, { section, paymentCode, form }] = [taxYear(day), rule];
  const deductees = [...ofPerson].map(([deducteeId, { bps }]) => ({ deducteeId, bps }));
  const known = await lockYears(trx, { deductees, year, section });
  const years: YearRow[] = [];
  const taxed: TaxedDue[] = [];
  for (const [deducteeId, { bps, hasPan, dues: own }] of ofPerson) {
    const found = taxOn(
      known.get(deducteeId) ?? NO_YEAR,
      own.map(({ grossPaise }) => grossPaise),
      { ...rule, bps },
    );
    years.push({ ...found.year, deducteeId, bps });
    const as = { section, paymentCode, form, year, bps, deducteeId, hasPan, ofPayout: null };
    own.forEach((due, i) => taxed.push({ ...due, ...as, ...found.taxed[i]! }));
  }
  await writeYears(trx, years, { year, section });
  return taxed;
}

interface Posted {
  payouts: (PayoutRow & { of?: OpenReturn | undefined })[];
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
  const givers = new Set(taxed.filter((due) => due.grossPaise < due.tdsPaise).map(({ userId }) => userId));
  const receivables = await openReceivables(trx, givers, payees);
  const mains = [...givers].flatMap((user) => payees.get(user)!.mainAccount ?? []);
  const accounts = await lockAccountsForUpdate(trx, [
    ...new Set([
      tdsPayable,
      ...expenses.values(),
      ...receivables.values(),
      ...[...payees.values()].map(({ walletAccount }) => walletAccount),
      ...mains,
    ]),
  ]);
  const rest = createRest(accounts);
  const posted: Posted = { payouts: [], journals: [], locked: accounts };
  for (const due of taxed) {
    const { walletAccount, mainAccount } = payees.get(due.userId)!;
    const sides: Sides = {
      ...{ wallet: walletAccount, main: givers.has(due.userId) ? (mainAccount ?? undefined) : undefined },
      ...{ receivable: receivables.get(due.userId), expense: expenses.get(due.level)!, tdsPayable },
    };
    const moved = rest.move(sides, due.grossPaise - due.tdsPaise);
    const id = deps.ids.uuid();
    posted.payouts.push({ ...due, ...moved, id, walletAccount });
    posted.journals.push({ id, transactionId: null, transfers: transfersOf(sides, { ...due, ...moved }) });
  }
  return posted;
}

interface Sides {
  wallet: AccountId;
  /** It gives what the commission wallet cannot; undefined for who gives nothing back. */
  main: AccountId | undefined;
  receivable: AccountId | undefined;
  expense: AccountId;
  tdsPayable: AccountId;
}

/** Of those who owe us something, and of those who may come to owe it in this batch. */
async function openReceivables(
  trx: Knex.Transaction,
  givers: ReadonlySet<UserId>,
  payees: ReadonlyMap<UserId, Payee>,
): Promise<Map<UserId, AccountId>> {
  const found = new Map<UserId, AccountId>();
  for (const { userId, receivableAccount } of payees.values())
    if (receivableAccount !== null) found.set(userId, receivableAccount);
  const missing = [...givers].filter((user) => !found.has(user));
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
  /** What is there: a line of credit is not lent for what we take back. */
  const spendable = (id: AccountId): Paise => {
    const { floorPaise, spendFloorPaise } = accounts.get(id)!;
    return atLeastNothing(balance(id) - atLeastNothing(spendFloorPaise ?? floorPaise ?? 0n));
  };
  return {
    move({ wallet, main, receivable }: Sides, netPaise: Paise): Moved {
      const owed = receivable === undefined ? 0n : -balance(receivable);
      const walletPaise =
        netPaise < 0n
          ? -least(spendable(wallet), -netPaise)
          : netPaise - least(atLeastNothing(owed), netPaise);
      change(wallet, walletPaise);
      const left = walletPaise - netPaise;
      const mainPaise = netPaise < 0n && main !== undefined ? -least(spendable(main), left) : 0n;
      if (main !== undefined) change(main, mainPaise);
      const receivablePaise = left + mainPaise;
      if (receivable !== undefined) change(receivable, -receivablePaise);
      return { walletPaise, mainPaise, receivablePaise };
    },
  };
}

type Moved = Pick<PayoutRow, 'walletPaise' | 'mainPaise' | 'receivablePaise'>;

const atLeastNothing = (a: Paise): Paise => (a > 0n ? a : 0n);

/**
 * Expense -> wallet, the net; expense -> TDS payable, the tax; expense -> what the user owes us, where commission pays
 * that first. What is taken back goes the other way, with codes that end in `_reversed`: from the commission wallet, then
 * from the main wallet, and what neither has is owed.
 */
function transfersOf(
  { wallet, main, receivable, expense, tdsPayable }: Sides,
  { walletPaise, mainPaise, receivablePaise, tdsPaise }: Moved & Pick<PayoutRow, 'tdsPaise'>,
): Transfer[] {
  return [
    ...signed(expense, wallet, walletPaise, 'commission_share'),
    ...(main === undefined ? [] : signed(expense, main, mainPaise, 'commission_share_main')),
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
