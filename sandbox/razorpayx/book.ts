/**
 * The provider's book: contacts, fund accounts, payouts, the statement and the callbacks that are owed. Every change is a line that is applied to
 * memory and appended to the file in one synchronous step; a caller answers only after `flushed()`. A replay applies the same lines with the same code.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { paiseToJson } from '../../platform/money';
import { lockBook } from '../book/lock';
import { openLogFile, type LinePlace, type LogFile } from '../book/log-file';
import type { Settings } from '../orders';
import type {
  BookEntry,
  ContactEntry,
  FundAccountEntry,
  HookSpec,
  MoveEntry,
  OpenEntry,
  PayoutEntry,
  PayoutStatus,
  SettingsEntry,
} from './entries';
import { feesFor } from './fees';
import { createHookTable, type Hook, type HookTable } from './hook-table';
import { createIds, type Ids } from './ids';
import { createParties, type ContactDetails, type FundAccountDetails, type Parties } from './parties';
import { createPayoutTable, type PayoutTable } from './payout-table';
import { createStatement, type Statement } from './statement';

const REFUSED_KEYS = 100_000;

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
  readonly hooks: Readonly<HookTable>;
  readonly refusedKeyCount: number;
  /** What the control API has changed so far. */
  readonly settings: Readonly<Partial<Settings>>;
  changeSettings(changed: Partial<Settings>): void;
  addContact(details: ContactDetails): ContactEntry;
  addFundAccount(details: FundAccountDetails): FundAccountEntry;
  /** Books a payout and takes its money: `processing`, or `queued` without money when the balance is short. Returns its slot. */
  addPayout(payout: NewPayout): number;
  /** True when the account holds the amount and its fees. */
  canAfford(mode: PayoutEntry['mode'], amountPaise: bigint): boolean;
  /** Moves a payout on; money goes out with `processing`, comes back with `failed` and `reversed`. Returns the callbacks that are now owed. */
  move(
    slot: number,
    to: PayoutStatus,
    change: { reason: string | null; step: number; hooks?: HookSpec[] },
  ): Hook[];
  noteRepeat(slot: number, hash: string): void;
  /** A request that was answered 500 and booked nothing. */
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

/** Opens the book of a folder, or begins one. Throws when another process uses it or when it belongs to another account. */
export async function openBook(options: BookOptions): Promise<Book> {
  await fs.mkdir(options.dir, { recursive: true, mode: 0o700 });
  const unlock = lockBook(options.dir);
  try {
    const state = createState(() => log);
    const log: LogFile = await openLogFile({
      path: path.join(options.dir, 'razorpayx.jsonl'),
      onLine: (entry, place) => {
        state.apply(entry as BookEntry, place);
      },
      onFailure: options.onFailure,
    });
    if (state.opened() !== undefined && state.opened()?.account !== options.accountNumber) {
      await log.close();
      throw new Error(
        `the book in ${options.dir} belongs to another account number; start with an empty folder`,
      );
    }
    return createBook({ state, log, unlock, options });
  } catch (error) {
    unlock();
    throw error;
  }
}

type State = ReturnType<typeof createState>;

/** The tables, and the one function that changes them. */
function createState(log: () => LogFile) {
  const refused = new Map<string, string[]>();
  const takeRefused = (key: string): string[] => {
    const hashes = refused.get(key) ?? [];
    refused.delete(key);
    return hashes;
  };
  const parties = createParties(log);
  const payouts = createPayoutTable(log, takeRefused);
  const statement = createStatement();
  const hooks = createHookTable();
  const settings: Partial<Settings> = {};
  let opened: OpenEntry | undefined;
  let newHooks: Hook[] = [];
  let lastAt = 0;

  function applyMove(entry: MoveEntry): void {
    const before = payouts.state(entry.n);
    const wasPaid = before.status !== 'queued';
    payouts.move(entry);
    const after = payouts.state(entry.n);
    const totalPaise = after.amountPaise + after.feesPaise;
    if (entry.to === 'processing' && !wasPaid) statement.add('payout', entry.n, totalPaise, entry.at);
    if ((entry.to === 'failed' || entry.to === 'reversed') && wasPaid)
      statement.add('reversal', entry.n, totalPaise, entry.at);
    newHooks = hooks.addFrom(entry);
  }

  function applySettings({ t: _t, at: _at, ...changed }: SettingsEntry): void {
    Object.assign(settings, changed);
  }

  function apply(entry: BookEntry, place: LinePlace): void {
    if ('at' in entry) lastAt = entry.at;
    switch (entry.t) {
      case 'open':
        opened = entry;
        break;
      case 'contact':
        parties.addContact(entry, place);
        break;
      case 'fund_account':
        parties.addFundAccount(entry, place);
        break;
      case 'deposit':
        statement.add('deposit', entry.n, BigInt(entry.amount), entry.at);
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
        refused.set(entry.key, [...(refused.get(entry.key) ?? []), entry.hash]);
        if (refused.size > REFUSED_KEYS) refused.delete(refused.keys().next().value!);
        break;
      case 'hooks':
        hooks.settle(entry);
        break;
      case 'settings':
        applySettings(entry);
        break;
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  return {
    parties,
    payouts,
    statement,
    hooks,
    refused,
    settings,
    apply,
    opened: () => opened,
    takeNewHooks: () => newHooks,
    lastAt: () => lastAt,
  };
}

function createBook({
  state,
  log,
  unlock,
  options,
}: {
  state: State;
  log: LogFile;
  unlock: () => void;
  options: BookOptions;
}): Book {
  const { parties, payouts, statement, hooks, refused } = state;
  let deposits = 0;
  for (let i = 0; i < statement.count; i += 1) if (statement.row(i).kind === 'deposit') deposits += 1;

  /** Unix seconds that never go back, so that rows lie in the order of their times. */
  const now = (): number => Math.max(state.lastAt(), Math.floor(options.nowMs() / 1_000));

  function write<E extends BookEntry>(entry: E): E {
    const place = log.append(entry);
    state.apply(entry, place);
    return entry;
  }

  const deposit = (amountPaise: bigint): void => {
    write({ t: 'deposit', n: deposits, at: now(), amount: paiseToJson(amountPaise) });
    deposits += 1;
  };

  if (state.opened() === undefined) {
    write({
      t: 'open',
      version: 1,
      seed: randomBytes(4).readUInt32LE(),
      account: options.accountNumber,
      opening: paiseToJson(options.openingBalancePaise),
      at: now(),
    });
    if (options.openingBalancePaise > 0n) deposit(options.openingBalancePaise);
  }
  const opened = state.opened()!;

  const canAfford: Book['canAfford'] = (mode, amountPaise) =>
    statement.balancePaise >= amountPaise + feesFor(mode, amountPaise).feesPaise;

  return {
    ids: createIds(opened.seed),
    accountNumber: opened.account,
    openingBalancePaise: BigInt(opened.opening),
    parties,
    payouts,
    statement,
    hooks,
    get refusedKeyCount() {
      return refused.size;
    },
    settings: state.settings,
    changeSettings(changed) {
      write({ t: 'settings', at: now(), ...changed });
    },
    addContact: (details) => write({ t: 'contact', n: parties.contactCount, at: now(), ...details }),
    addFundAccount: (details) =>
      write({ t: 'fund_account', n: parties.fundAccountCount, at: now(), ...details }),
    canAfford,
    addPayout({ amountPaise, ...rest }) {
      const paid = canAfford(rest.mode, amountPaise);
      const { feesPaise, taxPaise } = paid
        ? feesFor(rest.mode, amountPaise)
        : { feesPaise: 0n, taxPaise: 0n };
      const money = {
        amount: paiseToJson(amountPaise),
        fees: paiseToJson(feesPaise),
        tax: paiseToJson(taxPaise),
      };
      return write({
        t: 'payout',
        n: payouts.count,
        at: now(),
        ...rest,
        ...money,
        status: paid ? 'processing' : 'queued',
      }).n;
    },
    move(slot, to, { reason, step, hooks: specs }) {
      const entry: MoveEntry = { t: 'move', n: slot, at: now(), to, reason, step };
      const { status, mode, amountPaise } = payouts.state(slot);
      if (to === 'processing' && status === 'queued') {
        const { feesPaise, taxPaise } = feesFor(mode, amountPaise);
        entry.fees = paiseToJson(feesPaise);
        entry.tax = paiseToJson(taxPaise);
      }
      if (specs !== undefined && specs.length > 0) entry.hooks = specs;
      write(entry);
      return state.takeNewHooks();
    },
    noteRepeat(slot, hash) {
      write({ t: 'repeat', n: slot, hash });
    },
    noteRefused(key, hash) {
      write({ t: 'refused', key, hash });
    },
    wasRefused: (key) => refused.has(key),
    settleHooks(done, off) {
      write({ t: 'hooks', ...(done.length > 0 ? { done } : {}), ...(off.length > 0 ? { off } : {}) });
    },
    deposit,
    flushed: () => log.flushed(),
    async close() {
      await log.close();
      unlock();
    },
  };
}
