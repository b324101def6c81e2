/**
 * Eko's book: the float, what AEPS owes, senders, recipients, agents, OTP challenges, transactions and the callbacks that are owed. Every change is a
 * line that is applied to memory and appended to `eko.jsonl` in one synchronous step; a caller answers only after `flushed()`. A replay applies the same
 * lines with the same code. The folder is locked by whoever opened it.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { paiseToJson } from '../../platform/money';
import { openLogFile, type LinePlace, type LogFile } from '../book/log-file';
import type {
  EkoEntry,
  HookSpec,
  MoveEntry,
  OpenEntry,
  OtpPurpose,
  SettingsEntry,
  SettlementAccountEntry,
  TransactionEntry,
  TxStatus,
  Usage,
} from './entries';
import type { EkoSettings } from './eko-orders';
import type { Charges } from './fees';
import { createHookTable, type Hook, type HookTable } from './hook-table';
import { createMoneyState, type MoneyState } from './money-state';
import { createOtps, type Challenge, type Otps } from './otps';
import { createParties, type Parties } from './parties';
import { istMonth } from './times';
import { createTransactions, type Transactions } from './transactions';

export type NewTransaction = Omit<
  TransactionEntry,
  't' | 'n' | 'at' | 'amount' | 'fee' | 'tax' | 'commission' | 'tds'
> & { amountPaise: bigint; charges: Charges };
/** A line without what the book adds to it. */
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
  /** What the control API has changed so far. */
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

/** Opens the book of a folder, or begins one. Throws when it belongs to another initiator. */
export async function openEkoBook(options: EkoBookOptions): Promise<EkoBook> {
  const state = createState(() => log);
  const log: LogFile = await openLogFile({
    path: path.join(options.dir, 'eko.jsonl'),
    onLine: (entry, place) => {
      state.apply(entry as EkoEntry, place);
    },
    onFailure: options.onFailure,
  });
  const opened = state.opened();
  if (opened !== undefined && opened.initiator !== options.initiator) {
    await log.close();
    throw new Error(
      `the Eko book in ${options.dir} belongs to another initiator; start with an empty folder`,
    );
  }
  return createBook(state, log, options);
}

type State = ReturnType<typeof createState>;

/** The tables, and the one function that changes them. */
function createState(log: () => LogFile) {
  const parties = createParties();
  const otps = createOtps(() => opened?.seed ?? 0);
  const transactions = createTransactions(log);
  const money = createMoneyState();
  const hooks = createHookTable();
  const settings: Partial<EkoSettings> = {};
  let opened: OpenEntry | undefined;
  let newHooks: Hook[] = [];

  function applyTransaction(entry: TransactionEntry, place: LinePlace): void {
    transactions.add(entry, place);
    money.begin(transactions.state(entry.n));
    if (entry.service === 'dmt' && entry.status !== '1') money.count(usageOf(entry));
    newHooks = hooks.addFrom(entry);
  }

  function applyMove(entry: MoveEntry): void {
    money.move(transactions.state(entry.n), entry.to);
    transactions.move(entry);
    if (entry.freed !== undefined) money.free(entry.freed);
    newHooks = hooks.addFrom(entry);
  }

  function applySettings({ t: _t, at: _at, otpVeil, recipientLimit, ...changed }: SettingsEntry): void {
    Object.assign(settings, changed);
    if (otpVeil !== undefined) settings.otp = otpVeil === null ? null : otps.unveil(otpVeil);
    if (recipientLimit !== undefined) settings.recipientLimitPaise = BigInt(recipientLimit);
  }

  function apply(entry: EkoEntry, place: LinePlace): void {
    if ('otp' in entry && entry.otp !== undefined) otps.use(entry.otp);
    switch (entry.t) {
      case 'open':
        opened = entry;
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
      case 'hooks':
        hooks.settle(entry);
        break;
      case 'settings':
        applySettings(entry);
        break;
      default:
        throw new Error('the Eko book holds a line of a kind that this version does not know');
    }
  }

  return {
    parties,
    otps,
    transactions,
    money,
    hooks,
    settings,
    apply,
    opened: () => opened,
    takeNewHooks: () => newHooks,
  };
}

/** What a transfer counts against the limits of its month. A recipient is a bank account, whoever sends to it. */
function usageOf(row: TransactionEntry): Usage {
  return {
    month: istMonth(row.at),
    sender: row.mobile,
    account: `${row.ifsc}${row.target}`,
    amount: row.amount,
  };
}

function createBook(state: State, log: LogFile, options: EkoBookOptions): EkoBook {
  const { parties, otps, transactions, money, hooks } = state;
  const now = options.nowMs;

  function write<E extends EkoEntry>(entry: E): E {
    state.apply(entry, log.append(entry));
    return entry;
  }

  const deposit = (amountPaise: bigint): void => {
    write({ t: 'deposit', at: now(), amount: paiseToJson(amountPaise) });
  };

  if (state.opened() === undefined) {
    write({
      t: 'open',
      version: 1,
      seed: randomBytes(4).readUInt32LE(),
      initiator: options.initiator,
      opening: paiseToJson(options.openingPaise),
      at: now(),
    });
    if (options.openingPaise > 0n) deposit(options.openingPaise);
  }
  const opened = state.opened()!;

  return {
    initiator: opened.initiator,
    openingPaise: BigInt(opened.opening),
    parties,
    otps,
    transactions,
    money,
    hooks,
    deposit,
    settings: state.settings,
    changeSettings({ otp, recipientLimitPaise, ...changed }) {
      write({
        t: 'settings',
        at: now(),
        ...changed,
        ...(otp === undefined ? {} : { otpVeil: otp === null ? null : otps.veil(otp) }),
        ...(recipientLimitPaise === undefined ? {} : { recipientLimit: paiseToJson(recipientLimitPaise) }),
      });
    },
    party(entry) {
      write({ ...entry, at: now() });
    },
    addRecipient: (details) => write({ t: 'recipient', n: parties.recipientCount, at: now(), ...details }).n,
    addSettlementAccount: (details) =>
      write({ t: 'settlement_account', n: parties.settlementAccountCount, at: now(), ...details }),
    sendOtp(purpose, mobile, subject) {
      const { n } = write({ t: 'otp', n: otps.next, at: now(), purpose, mobile, subject });
      return otps.byNumber(n)!;
    },
    useOtp(n) {
      write({ t: 'used', otp: n });
    },
    addTransaction({ amountPaise, charges, ...rest }) {
      const amounts = {
        amount: paiseToJson(amountPaise),
        fee: paiseToJson(charges.feePaise),
        tax: paiseToJson(charges.taxPaise),
        commission: paiseToJson(charges.commissionPaise),
        tds: paiseToJson(charges.tdsPaise),
      };
      const { n } = write({ t: 'txn', n: transactions.count, at: now(), ...rest, ...amounts });
      return { slot: n, hooks: state.takeNewHooks() };
    },
    move(slot, to, { step, row, otp, hooks: specs = [] }) {
      const isGivenBack = row.service === 'dmt' && (to === '1' || to === '4');
      write({
        t: 'move',
        n: slot,
        at: now(),
        to,
        step,
        ...(isGivenBack ? { freed: usageOf(row) } : {}),
        ...(otp === undefined ? {} : { otp }),
        ...(specs.length > 0 ? { hooks: specs } : {}),
      });
      return state.takeNewHooks();
    },
    noteRepeat(slot) {
      write({ t: 'repeat', n: slot });
    },
    settleHooks(done, off) {
      write({ t: 'hooks', ...(done.length > 0 ? { done } : {}), ...(off.length > 0 ? { off } : {}) });
    },
    flushed: () => log.flushed(),
    close: () => log.close(),
  };
}
