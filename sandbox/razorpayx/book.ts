/**
 * RazorpayX's book: contacts, fund accounts, payouts, the statement of the account and the callbacks that are
 * owed.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import type { LinePlace, LogFile } from '../book/log-file';
import type { Settings } from '../orders';
import type { ScenarioCode } from '../scenarios';
import { createAccount, type Account, type AccountType } from './account';
import type {
  ActivityEntry,
  BookEntry,
  ContactEntry,
  FundAccountEntry,
  HookSpec,
  MoveEntry,
  PayoutEntry,
  PayoutStatus,
  SettingsEntry,
  ValidationEndEntry,
  ValidationEntry,
} from './entries';
import { feesFor } from './fees';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createIds, type Ids } from './ids';
import { createParties, type ContactDetails, type FundAccountDetails, type Parties } from './parties';
import { debitOf } from './payout-columns';
import { createPayoutTable, type PayoutTable } from './payout-table';
import { isRefusedUnpaid } from './steps';
import { createStatement, type Statement } from './statement';
import { createValidationTable, type ValidationTable } from './validation-table';

const MAX_REFUSED_KEYS = 100_000;

export type NewPayout = Omit<
  PayoutEntry,
  't' | 'n' | 'at' | 'amount' | 'fees' | 'tax' | 'status' | 'debit' | 'short'
> & {
  amountPaise: bigint;
};

export interface Book {
  readonly ids: Ids;
  readonly accountNumber: string;
  readonly openingBalancePaise: bigint;
  readonly parties: Readonly<Parties>;
  readonly payouts: Readonly<PayoutTable>;
  readonly statement: Readonly<Statement>;
  readonly account: Account;
  /** Fees that are charged and not collected yet; below zero if they are owed back. */
  readonly feesDuePaise: bigint;
  readonly validations: Readonly<ValidationTable>;
  readonly hooks: HookTable;
  readonly refusedKeyCount: number;
  /** The settings that the control API has changed so far. */
  readonly settings: Readonly<Partial<Settings>>;
  changeSettings(changed: Partial<Settings>): void;
  addContact(details: ContactDetails): ContactEntry;
  addFundAccount(details: FundAccountDetails): FundAccountEntry;
  setActivity(of: ActivityEntry['of'], slot: number, active: boolean): void;
  /**
   * Books a payout and returns its slot. It is `processing`, or `queued` when Razorpay does not send it on.
   * Its money is debited when the bank takes it: at once, unless the bank refuses it or holds too little.
   */
  addPayout(payout: NewPayout): number;
  /** True when Razorpay sends a payout on and does not queue it. */
  sendsOn(mode: PayoutEntry['mode'], amountPaise: bigint): boolean;
  /**
   * Changes the status of a payout and returns the callbacks that are now owed. `processing` debits the
   * money, `failed` and `reversed` credit it back; at a bank, only `reversed` does.
   */
  move(
    slot: number,
    to: PayoutStatus,
    change: { reason: string | null; step: number; hooks?: HookSpec[] },
  ): Hook[];
  noteRepeat(slot: number, hash: string): void;
  /** Notes a request that was answered 500 and booked nothing. */
  noteRefused(key: string, hash: string): void;
  wasRefused(key: string): boolean;
  /** Books a validation and returns its slot. */
  addValidation(validation: Omit<ValidationEntry, 't' | 'n' | 'at'>): number;
  endValidation(slot: number, status: ValidationEndEntry['status'], hooks: HookSpec[]): Hook[];
  settleHooks(done: number[], off: number[]): void;
  deposit(amountPaise: bigint): void;
  /** Throws RangeError when the account holds less. */
  withdraw(amountPaise: bigint): void;
  /** Collects the fees that are due; returns how much. Throws RangeError when the account holds less. */
  collectFees(): bigint;
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface BookOptions {
  dir: string;
  accountNumber: string;
  accountType: AccountType;
  openingBalancePaise: bigint;
  nowMs: () => number;
  onFailure: (error: Error) => void;
}

/**
 * Opens the book of a folder or begins one. Throws when another process uses it or it belongs to another
 * account.
 */
export async function openBook(options: BookOptions): Promise<Book> {
  const file = await openBookFile<BookEntry, BookTables, Hook>({
    dir: options.dir,
    fileName: 'razorpayx.jsonl',
    locksFolder: true,
    createTables,
    hooksOf: hooksOfEntry,
    openingEntry: () => ({
      t: 'open',
      version: 1,
      seed: randomBytes(4).readUInt32LE(),
      account: options.accountNumber,
      opening: paiseToJson(options.openingBalancePaise),
      at: unixSeconds(options.nowMs()),
    }),
    refusal: ({ account }) =>
      account === options.accountNumber
        ? undefined
        : `the book in ${options.dir} belongs to another account number; start with an empty folder`,
    onFailure: options.onFailure,
  });
  const book = createBook(file, options);
  if (file.isNew && options.openingBalancePaise > 0n) book.deposit(options.openingBalancePaise);
  return book;
}

type BookTables = ReturnType<typeof createTables>;
type File = BookFile<BookEntry, BookTables, Hook>;

const unixSeconds = (ms: number): number => Math.floor(ms / 1_000);

/** The tables, and the one function that changes them. */
function createTables(log: () => LogFile) {
  const refused = createRefusedKeys();
  const parties = createParties(log);
  const payouts = createPayoutTable(log, (key) => refused.take(key));
  const statement = createStatement();
  const validations = createValidationTable();
  const settings: Partial<Settings> = {};
  const counts = { deposit: 0, withdrawal: 0, fees: 0 };
  const money = createMoney(payouts, statement);

  function apply(entry: BookEntry, place: LinePlace): void {
    switch (entry.t) {
      case 'open':
        break;
      case 'contact':
        parties.addContact(entry, place);
        break;
      case 'fund_account':
        parties.addFundAccount(entry, place);
        break;
      case 'activity':
        parties.setActivity(entry);
        break;
      case 'deposit':
      case 'withdrawal':
      case 'fees':
        statement.add(entry.t, entry.n, BigInt(entry.amount), entry.at);
        counts[entry.t] += 1;
        if (entry.t === 'fees') money.collected(BigInt(entry.amount));
        break;
      case 'payout':
        money.applyPayout(entry, place);
        break;
      case 'move':
        money.applyMove(entry);
        break;
      case 'repeat':
        payouts.noteRequest(entry.n, entry.hash);
        break;
      case 'refused':
        refused.add(entry.key, entry.hash);
        break;
      case 'validation':
      case 'validation_end':
        validations.apply(entry);
        break;
      case 'settings':
        Object.assign(settings, changedBy(entry));
        break;
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  const feesDue = money.feesDue;
  return { parties, payouts, statement, validations, refused, settings, apply, counts, feesDue };
}

/** What payouts take from the account and bring back, and the fees that are owed for them. */
function createMoney(payouts: PayoutTable, statement: Statement) {
  let feesDuePaise = 0n;

  function applyPayout(entry: PayoutEntry, place: LinePlace): void {
    payouts.add(entry, place);
    const takenPaise = debitOf(entry);
    if (takenPaise === 0n) return;
    statement.add('payout', entry.n, takenPaise, entry.at);
    feesDuePaise += BigInt(entry.amount) + BigInt(entry.fees) - takenPaise;
  }

  function applyMove(entry: MoveEntry): void {
    const before = payouts.state(entry.n);
    const fees = entry.fees === undefined ? before.feesPaise : BigInt(entry.fees);
    const wholePaise = before.amountPaise + fees;
    const taken = entry.to === 'processing' ? paise(entry.debit, wholePaise) : 0n;
    const isUndone = entry.to === 'failed' || entry.to === 'reversed';
    const back = isUndone ? paise(entry.credit, before.debitPaise - before.creditPaise) : 0n;
    payouts.move(entry, taken, back);
    if (taken > 0n) {
      statement.add('payout', entry.n, taken, entry.at);
      feesDuePaise += wholePaise - taken;
    }
    if (back > 0n) statement.add('reversal', entry.n, back, entry.at);
    // A payout that failed costs nothing; its fee is dropped once.
    if (isUndone && before.debitPaise > 0n && before.status !== 'failed')
      feesDuePaise -= wholePaise - before.debitPaise;
  }

  return {
    applyPayout,
    applyMove,
    feesDue: (): bigint => feesDuePaise,
    collected(feesPaise: bigint): void {
      feesDuePaise -= feesPaise;
    },
  };
}

const paise = (given: number | undefined, otherwise: bigint): bigint =>
  given === undefined ? otherwise : BigInt(given);

const changedBy = ({ t: _t, at: _at, ...changed }: SettingsEntry): Partial<Settings> => changed;

/** The latest idempotency keys whose request was answered 500, each with the hashes of its request bodies. */
function createRefusedKeys() {
  const hashesByKey = new Map<string, string[]>();
  return {
    add(key: string, hash: string): void {
      hashesByKey.set(key, [...(hashesByKey.get(key) ?? []), hash]);
      if (hashesByKey.size > MAX_REFUSED_KEYS) hashesByKey.delete(hashesByKey.keys().next().value!);
    },
    has: (key: string): boolean => hashesByKey.has(key),
    count: (): number => hashesByKey.size,
    /** The hashes of a key, which is then forgotten. */
    take(key: string): string[] {
      const hashes = hashesByKey.get(key) ?? [];
      hashesByKey.delete(key);
      return hashes;
    },
  };
}

function createBook(file: File, options: BookOptions): Book {
  const { parties, payouts, statement, validations, refused, settings, counts, feesDue } = file.tables;
  const account = createAccount(options.accountType, { statement, nowMs: options.nowMs });

  /** Unix seconds that never go back, so that rows lie in the order of their times. */
  const now = (): number => file.notBeforeLast(unixSeconds(options.nowMs()));

  return {
    ids: createIds(file.opening.seed),
    accountNumber: file.opening.account,
    openingBalancePaise: BigInt(file.opening.opening),
    parties,
    payouts,
    statement,
    account,
    get feesDuePaise() {
      return feesDue();
    },
    validations,
    hooks: file.hooks,
    get refusedKeyCount() {
      return refused.count();
    },
    settings,
    changeSettings(changed) {
      file.write({ t: 'settings', at: now(), ...changed });
    },
    addContact: (details) =>
      file.write<ContactEntry>({ t: 'contact', n: parties.contactCount, at: now(), ...details }).entry,
    addFundAccount: (details) =>
      file.write<FundAccountEntry>({ t: 'fund_account', n: parties.fundAccountCount, at: now(), ...details })
        .entry,
    setActivity(of, slot, active) {
      file.write<ActivityEntry>({ t: 'activity', n: slot, at: now(), of, active });
    },
    ...createPayoutWriters(file, account, now),
    noteRepeat(slot, hash) {
      file.write({ t: 'repeat', n: slot, hash });
    },
    noteRefused(key, hash) {
      file.write({ t: 'refused', key, hash });
    },
    wasRefused: (key) => refused.has(key),
    ...createValidationWriters(file, now),
    settleHooks: file.settleHooks,
    deposit(amountPaise) {
      file.write({ t: 'deposit', n: counts.deposit, at: now(), amount: paiseToJson(amountPaise) });
      account.movedElsewhere(amountPaise);
    },
    withdraw(amountPaise) {
      if (account.isShort(amountPaise)) throw new RangeError('the account holds less');
      file.write({ t: 'withdrawal', n: counts.withdrawal, at: now(), amount: paiseToJson(amountPaise) });
      account.movedElsewhere(-amountPaise);
    },
    collectFees() {
      const duePaise = feesDue();
      if (duePaise <= 0n) return 0n;
      if (account.isShort(duePaise)) throw new RangeError('the account holds less than the fees');
      file.write({ t: 'fees', n: counts.fees, at: now(), amount: paiseToJson(duePaise) });
      return duePaise;
    },
    flushed: file.flushed,
    close: file.close,
  };
}

function createValidationWriters(
  file: File,
  now: () => number,
): Pick<Book, 'addValidation' | 'endValidation'> {
  const { validations } = file.tables;
  return {
    addValidation: (validation) =>
      file.write<ValidationEntry>({ t: 'validation', n: validations.count, at: now(), ...validation }).entry
        .n,
    endValidation: (slot, status, hooks) =>
      file.write<ValidationEndEntry>({
        t: 'validation_end',
        n: slot,
        at: now(),
        status,
        ...(hooks.length > 0 && { hooks }),
      }).hooks,
  };
}

function createPayoutWriters(
  file: File,
  account: Account,
  now: () => number,
): Pick<Book, 'sendsOn' | 'addPayout' | 'move'> {
  const { payouts } = file.tables;
  const sendsOn: Book['sendsOn'] = (mode, amountPaise) =>
    account.sendsOn(amountPaise, account.debitOf(amountPaise, feesFor(mode, amountPaise).feesPaise));

  /** What a payout that is sent on costs, and what the bank takes of it now. */
  function taking(mode: PayoutEntry['mode'], amountPaise: bigint, scenario: ScenarioCode) {
    const { feesPaise, taxPaise } = feesFor(mode, amountPaise);
    const debitPaise = account.debitOf(amountPaise, feesPaise);
    const isShort = account.isShort(debitPaise);
    const takenPaise = isShort || isRefusedUnpaid(account, scenario) ? 0n : debitPaise;
    return {
      fees: paiseToJson(feesPaise),
      tax: paiseToJson(taxPaise),
      ...(takenPaise === amountPaise + feesPaise ? {} : { debit: paiseToJson(takenPaise) }),
      isShort,
    };
  }

  return {
    sendsOn,
    addPayout({ amountPaise, ...rest }) {
      const { isShort, ...money } = sendsOn(rest.mode, amountPaise)
        ? taking(rest.mode, amountPaise, rest.scenario)
        : { isShort: undefined, fees: 0, tax: 0 };
      const { entry } = file.write<PayoutEntry>({
        t: 'payout',
        n: payouts.count,
        at: now(),
        ...rest,
        ...money,
        amount: paiseToJson(amountPaise),
        ...(isShort === true ? { short: true } : {}),
        status: isShort === undefined ? 'queued' : 'processing',
      });
      return entry.n;
    },
    move(slot, to, { reason, step, hooks = [] }) {
      const entry: MoveEntry = { t: 'move', n: slot, at: now(), to, reason, step };
      const { status, mode, amountPaise, scenario } = payouts.state(slot);
      if (to === 'processing' && status === 'queued') {
        const { isShort, ...money } = taking(mode, amountPaise, scenario);
        Object.assign(entry, money, isShort ? { short: true } : {});
      }
      // At a bank the money of a failed payout comes back later, and only then it is `reversed`.
      if (to === 'failed' && account.type === 'current_account') entry.credit = 0;
      if (hooks.length > 0) entry.hooks = hooks;
      return file.write(entry).hooks;
    },
  };
}
