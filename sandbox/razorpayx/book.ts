/**
 * RazorpayX's book: contacts, fund accounts, payouts, the statement of the account and the callbacks that are
 * owed.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import type { LinePlace, LogFile } from '../book/log-file';
import type { Settings } from '../orders';
import type {
  ActivityEntry,
  BookEntry,
  ContactEntry,
  FundAccountEntry,
  HookSpec,
  MoveEntry,
  PayoutEntry,
  PayoutStatus,
} from './entries';
import { feesFor } from './fees';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createIds, type Ids } from './ids';
import { createParties, type ContactDetails, type FundAccountDetails, type Parties } from './parties';
import { createPayoutTable, type PayoutTable } from './payout-table';
import { createStatement, type Statement } from './statement';

const MAX_REFUSED_KEYS = 100_000;

export type NewPayout = Omit<PayoutEntry, 't' | 'n' | 'at' | 'amount' | 'fees' | 'tax' | 'status'> & {
  amountPaise: bigint;
};

export interface Book {
  readonly ids: Ids;
  readonly accountNumber: string;
  readonly openingBalancePaise: bigint;
  readonly parties: Readonly<Parties>;
  readonly payouts: Readonly<PayoutTable>;
  readonly statement: Readonly<Statement>;
  readonly hooks: HookTable;
  readonly refusedKeyCount: number;
  /** The settings that the control API has changed so far. */
  readonly settings: Readonly<Partial<Settings>>;
  changeSettings(changed: Partial<Settings>): void;
  addContact(details: ContactDetails): ContactEntry;
  addFundAccount(details: FundAccountDetails): FundAccountEntry;
  setActivity(of: ActivityEntry['of'], slot: number, active: boolean): void;
  /**
   * Books a payout and returns its slot. It is `processing` and its money is debited, or `queued` and nothing
   * is debited when the balance is too low.
   */
  addPayout(payout: NewPayout): number;
  /** True when the balance covers the amount and its fees. */
  canAfford(mode: PayoutEntry['mode'], amountPaise: bigint): boolean;
  /**
   * Changes the status of a payout and returns the callbacks that are now owed. `processing` debits the
   * money, `failed` and `reversed` credit it back.
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
  settleHooks(done: number[], off: number[]): void;
  deposit(amountPaise: bigint): void;
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface BookOptions {
  dir: string;
  accountNumber: string;
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
  const settings: Partial<Settings> = {};
  let depositCount = 0;

  function applyMove(entry: MoveEntry): void {
    const wasDebited = payouts.status(entry.n) !== 'queued';
    payouts.move(entry);
    const { amountPaise, feesPaise } = payouts.state(entry.n);
    const totalPaise = amountPaise + feesPaise;
    if (entry.to === 'processing' && !wasDebited) statement.add('payout', entry.n, totalPaise, entry.at);
    if ((entry.to === 'failed' || entry.to === 'reversed') && wasDebited)
      statement.add('reversal', entry.n, totalPaise, entry.at);
  }

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
        statement.add('deposit', entry.n, BigInt(entry.amount), entry.at);
        depositCount += 1;
        break;
      case 'payout':
        payouts.add(entry, place);
        if (entry.status === 'processing')
          statement.add('payout', entry.n, BigInt(entry.amount) + BigInt(entry.fees), entry.at);
        break;
      case 'move':
        applyMove(entry);
        break;
      case 'repeat':
        payouts.noteRequest(entry.n, entry.hash);
        break;
      case 'refused':
        refused.add(entry.key, entry.hash);
        break;
      case 'settings': {
        const { t: _t, at: _at, ...changed } = entry;
        Object.assign(settings, changed);
        break;
      }
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  return { parties, payouts, statement, refused, settings, apply, depositCount: () => depositCount };
}

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
  const { parties, payouts, statement, refused, settings, depositCount } = file.tables;

  /** Unix seconds that never go back, so that rows lie in the order of their times. */
  const now = (): number => file.notBeforeLast(unixSeconds(options.nowMs()));

  return {
    ids: createIds(file.opening.seed),
    accountNumber: file.opening.account,
    openingBalancePaise: BigInt(file.opening.opening),
    parties,
    payouts,
    statement,
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
    ...createPayoutWriters(file, now),
    noteRepeat(slot, hash) {
      file.write({ t: 'repeat', n: slot, hash });
    },
    noteRefused(key, hash) {
      file.write({ t: 'refused', key, hash });
    },
    wasRefused: (key) => refused.has(key),
    settleHooks: file.settleHooks,
    deposit(amountPaise) {
      file.write({ t: 'deposit', n: depositCount(), at: now(), amount: paiseToJson(amountPaise) });
    },
    flushed: file.flushed,
    close: file.close,
  };
}

function createPayoutWriters(file: File, now: () => number): Pick<Book, 'canAfford' | 'addPayout' | 'move'> {
  const { payouts, statement } = file.tables;
  const canAfford: Book['canAfford'] = (mode, amountPaise) =>
    statement.balancePaise >= amountPaise + feesFor(mode, amountPaise).feesPaise;

  return {
    canAfford,
    addPayout({ amountPaise, ...rest }) {
      const isPaid = canAfford(rest.mode, amountPaise);
      const { feesPaise, taxPaise } = isPaid
        ? feesFor(rest.mode, amountPaise)
        : { feesPaise: 0n, taxPaise: 0n };
      const { entry } = file.write<PayoutEntry>({
        t: 'payout',
        n: payouts.count,
        at: now(),
        ...rest,
        amount: paiseToJson(amountPaise),
        fees: paiseToJson(feesPaise),
        tax: paiseToJson(taxPaise),
        status: isPaid ? 'processing' : 'queued',
      });
      return entry.n;
    },
    move(slot, to, { reason, step, hooks = [] }) {
      const entry: MoveEntry = { t: 'move', n: slot, at: now(), to, reason, step };
      const { status, mode, amountPaise } = payouts.state(slot);
      if (to === 'processing' && status === 'queued') {
        const { feesPaise, taxPaise } = feesFor(mode, amountPaise);
        entry.fees = paiseToJson(feesPaise);
        entry.tax = paiseToJson(taxPaise);
      }
      if (hooks.length > 0) entry.hooks = hooks;
      return file.write(entry).hooks;
    },
  };
}
