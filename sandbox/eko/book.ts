/**
 * Eko's book: the float, the AEPS money owed to agents, senders, recipients, agents, OTP challenges,
 * transactions and the callbacks that are owed. RazorpayX's book, which is opened first, holds the lock of
 * the folder.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import type { LinePlace, LogFile } from '../book/log-file';
import type {
  EkoEntry,
  HookSpec,
  MoveEntry,
  OtpEntry,
  OtpPurpose,
  RecipientEntry,
  SettingsEntry,
  SettlementAccountEntry,
  TransactionEntry,
  TxStatus,
  Usage,
} from './entries';
import type { EkoSettings } from './eko-orders';
import type { Charges } from './fees';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createMoneyState, type MoneyState } from './money-state';
import { createOtps, type Challenge, type Otps } from './otps';
import { createParties, type Parties } from './parties';
import { istMonth } from './times';
import { createTransactions, type Transactions } from './transactions';

export type NewTransaction = Omit<
  TransactionEntry,
  't' | 'n' | 'at' | 'amount' | 'fee' | 'tax' | 'commission' | 'tds'
> & { amountPaise: bigint; charges: Charges };
/** A line without its time, which the book adds. */
type Unstamped<T> = T extends EkoEntry ? Omit<T, 'at'> : never;
type PartyEntry = Extract<EkoEntry, { t: 'sender' | 'agent' | 'aeps_agent' | 'service' }>;

export interface EkoBook {
  readonly initiator: string;
  readonly openingPaise: bigint;
  readonly parties: Parties;
  readonly otps: Otps;
  readonly transactions: Readonly<Transactions>;
  readonly money: MoneyState;
  readonly hooks: HookTable;
  /** The settings that the control API has changed so far. */
  readonly settings: Readonly<Partial<EkoSettings>>;
  changeSettings(changed: Partial<EkoSettings>): void;
  party(entry: Unstamped<PartyEntry>): void;
  addRecipient(details: {
    sender: string;
    name: string;
    mobile: string;
    account: string;
    ifsc: string;
  }): number;
  addSettlementAccount(details: {
    user: string;
    account: string;
    ifsc: string;
    name: string;
  }): SettlementAccountEntry;
  sendOtp(purpose: OtpPurpose, mobile: string, subject: string): Challenge;
  useOtp(n: number): void;
  addTransaction(transaction: NewTransaction): { slot: number; hooks: Hook[] };
  move(
    slot: number,
    to: TxStatus,
    change: { step: number; row: TransactionEntry; otp?: number; hooks?: HookSpec[] },
  ): Hook[];
  noteRepeat(slot: number): void;
  settleHooks(done: number[], off: number[]): void;
  deposit(amountPaise: bigint): void;
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface EkoBookOptions {
  dir: string;
  initiator: string;
  openingPaise: bigint;
  nowMs: () => number;
  onFailure: (error: Error) => void;
}

/** Opens the book of a folder or begins one. Throws when it belongs to another initiator. */
export async function openEkoBook(options: EkoBookOptions): Promise<EkoBook> {
  const file = await openBookFile<EkoEntry, EkoTables, Hook>({
    dir: options.dir,
    fileName: 'eko.jsonl',
    createTables,
    hooksOf: hooksOfEntry,
    openingEntry: () => ({
      t: 'open',
      version: 1,
      seed: randomBytes(4).readUInt32LE(),
      initiator: options.initiator,
      opening: paiseToJson(options.openingPaise),
      at: options.nowMs(),
    }),
    refusal: ({ initiator }) =>
      initiator === options.initiator
        ? undefined
        : `the Eko book in ${options.dir} belongs to another initiator; start with an empty folder`,
    onFailure: options.onFailure,
  });
  const book = createBook(file, options.nowMs);
  if (file.isNew && options.openingPaise > 0n) book.deposit(options.openingPaise);
  return book;
}

type EkoTables = ReturnType<typeof createTables>;
type File = BookFile<EkoEntry, EkoTables, Hook>;

/** The tables, and the one function that changes them. */
function createTables(log: () => LogFile) {
  let seed = 0;
  const parties = createParties();
  const otps = createOtps(() => seed);
  const transactions = createTransactions(log);
  const money = createMoneyState();
  const settings: Partial<EkoSettings> = {};

  function applyTransaction(entry: TransactionEntry, place: LinePlace): void {
    transactions.add(entry, place);
    money.begin(transactions.state(entry.n));
    if (entry.service === 'dmt' && entry.status !== '1') money.count(usageOf(entry));
  }

  function applyMove(entry: MoveEntry): void {
    money.move(transactions.state(entry.n), entry.to);
    transactions.move(entry);
    if (entry.freed !== undefined) money.free(entry.freed);
  }

  function applySettings({
    t: _t,
    at: _at,
    otpVeil,
    recipientLimit,
    withdrawalOtpAbove,
    ...changed
  }: SettingsEntry): void {
    Object.assign(settings, changed);
    if (otpVeil !== undefined) settings.otp = otpVeil === null ? null : otps.unveil(otpVeil);
    if (recipientLimit !== undefined) settings.recipientLimitPaise = BigInt(recipientLimit);
    if (withdrawalOtpAbove !== undefined) settings.withdrawalOtpAbovePaise = BigInt(withdrawalOtpAbove);
  }

  function apply(entry: EkoEntry, place: LinePlace): void {
    if ('otp' in entry && entry.otp !== undefined) otps.use(entry.otp);
    switch (entry.t) {
      case 'open':
        ({ seed } = entry);
        break;
      case 'deposit':
        money.deposit(BigInt(entry.amount));
        break;
      case 'sender':
      case 'recipient':
      case 'agent':
      case 'aeps_agent':
      case 'service':
      case 'settlement_account':
        parties.apply(entry);
        break;
      case 'otp':
        otps.add(entry);
        break;
      case 'used':
        break;
      case 'txn':
        applyTransaction(entry, place);
        break;
      case 'move':
        applyMove(entry);
        break;
      case 'repeat':
        transactions.noteRepeat(entry.n);
        break;
      case 'settings':
        applySettings(entry);
        break;
      default:
        throw new Error('the Eko book holds a line of a kind that this version does not know');
    }
  }

  return { parties, otps, transactions, money, settings, apply };
}

/**
 * The use that a transfer makes of the monthly limits. A recipient is a bank account, whoever sends to it.
 */
function usageOf(row: TransactionEntry): Usage {
  return {
    month: istMonth(row.at),
    sender: row.mobile,
    account: `${row.ifsc}${row.target}`,
    amount: row.amount,
  };
}

function createBook(file: File, now: () => number): EkoBook {
  const { parties, otps, transactions, money, settings } = file.tables;
  return {
    initiator: file.opening.initiator,
    openingPaise: BigInt(file.opening.opening),
    parties,
    otps,
    transactions,
    money,
    hooks: file.hooks,
    settings,
    changeSettings({ otp, recipientLimitPaise, withdrawalOtpAbovePaise, ...changed }) {
      file.write({
        t: 'settings',
        at: now(),
        ...changed,
        ...(otp === undefined ? {} : { otpVeil: otp === null ? null : otps.veil(otp) }),
        ...(recipientLimitPaise === undefined ? {} : { recipientLimit: paiseToJson(recipientLimitPaise) }),
        ...(withdrawalOtpAbovePaise === undefined
          ? {}
          : { withdrawalOtpAbove: paiseToJson(withdrawalOtpAbovePaise) }),
      });
    },
    party(entry) {
      file.write({ ...entry, at: now() });
    },
    addRecipient: (details) =>
      file.write<RecipientEntry>({ t: 'recipient', n: parties.recipientCount, at: now(), ...details }).entry
        .n,
    addSettlementAccount: (details) =>
      file.write<SettlementAccountEntry>({
        t: 'settlement_account',
        n: parties.settlementAccountCount,
        at: now(),
        ...details,
      }).entry,
    sendOtp(purpose, mobile, subject) {
      const { entry } = file.write<OtpEntry>({ t: 'otp', n: otps.next, at: now(), purpose, mobile, subject });
      return otps.byNumber(entry.n)!;
    },
    useOtp(n) {
      file.write({ t: 'used', otp: n });
    },
    ...createTransactionWriters(file, now),
    noteRepeat(slot) {
      file.write({ t: 'repeat', n: slot });
    },
    settleHooks: file.settleHooks,
    deposit(amountPaise) {
      file.write({ t: 'deposit', at: now(), amount: paiseToJson(amountPaise) });
    },
    flushed: file.flushed,
    close: file.close,
  };
}

function createTransactionWriters(file: File, now: () => number): Pick<EkoBook, 'addTransaction' | 'move'> {
  return {
    addTransaction({ amountPaise, charges, ...rest }) {
      const { entry, hooks } = file.write<TransactionEntry>({
        t: 'txn',
        n: file.tables.transactions.count,
        at: now(),
        ...rest,
        amount: paiseToJson(amountPaise),
        fee: paiseToJson(charges.feePaise),
        tax: paiseToJson(charges.taxPaise),
        commission: paiseToJson(charges.commissionPaise),
        tds: paiseToJson(charges.tdsPaise),
      });
      return { slot: entry.n, hooks };
    },
    move(slot, to, { step, row, otp, hooks = [] }) {
      const isGivenBack = row.service === 'dmt' && (to === '1' || to === '4');
      return file.write({
        t: 'move',
        n: slot,
        at: now(),
        to,
        step,
        freed: isGivenBack ? usageOf(row) : undefined,
        otp,
        hooks: hooks.length > 0 ? hooks : undefined,
      }).hooks;
    },
  };
}
