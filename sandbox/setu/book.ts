/**
 * The book of both products: fetches, payments, disputes, recharges, the two wallets and the callbacks that are owed. Every change is a line that is
 * applied to memory and appended to the file in one synchronous step; a caller answers only after `flushed()`. A replay applies the same lines with
 * the same code. The folder is locked by the RazorpayX book, which is opened first.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { paiseToJson } from '../../platform/money';
import { openLogFile, type LogFile } from '../book/log-file';
import type { ScenarioCode } from '../scenarios';
import type {
  AddEntry,
  BookEntry,
  DetailsOf,
  Failure,
  HookSpec,
  Kind,
  MoveEntry,
  OpenEntry,
  Product,
  SettingsEntry,
  StatusOf,
} from './entries';
import { createHookTable, type Hook, type HookTable } from './hook-table';
import { createIds, type Ids } from './ids';
import type { SetuSettings } from './settings';
import { createTable, type Row, type Table } from './tables';

const REFUSED_REFERENCES = 100_000;

export interface Wallet {
  balancePaise: bigint;
  creditsPaise: bigint;
  debitsPaise: bigint;
}
export type Tables = { [K in Kind]: Table<K> };

export interface NewRow<K extends Kind> {
  details: DetailsOf[K];
  status: StatusOf[K];
  scenario: ScenarioCode | null;
  debitPaise?: bigint;
  failure?: Failure;
  hooks?: HookSpec[];
}
/** `atMs` is a time that `nowMs` gave; now when missing. */
export interface Change<K extends Kind> {
  to: StatusOf[K];
  step: number;
  atMs?: number;
  failure?: Failure;
  creditPaise?: bigint;
  hooks?: HookSpec[];
}

export interface Book {
  readonly ids: Ids;
  readonly tables: Tables;
  readonly hooks: HookTable;
  /** What the control API has changed so far. */
  readonly settings: Readonly<Partial<SetuSettings>>;
  changeSettings(changed: Partial<SetuSettings>): void;
  wallet(product: Product): Readonly<Wallet>;
  /** Books a row and takes its debit. */
  add<K extends Kind>(kind: K, row: NewRow<K>): { row: Row<K>; owed: Hook[] };
  move<K extends Kind>(kind: K, n: number, change: Change<K>): Hook[];
  noteRepeat(kind: Kind, n: number): void;
  /** A create request that was answered 500 and booked nothing. */
  noteRefused(product: Product, ref: string): void;
  wasRefused(product: Product, ref: string): boolean;
  refusedCount(product: Product): number;
  deposit(product: Product, amountPaise: bigint, reference: string, hooks?: HookSpec[]): Hook[];
  /** Callbacks that come of no change. */
  tell(hooks: HookSpec[]): Hook[];
  settleHooks(done: number[], off: number[]): void;
  /** Milliseconds that never go back. */
  nowMs(): number;
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface BookOptions {
  dir: string;
  openingBalancePaise: bigint;
  nowMs: () => number;
  onFailure: (error: Error) => void;
}

export async function openBook({ dir, openingBalancePaise, nowMs, onFailure }: BookOptions): Promise<Book> {
  const state = createState();
  const log = await openLogFile({
    path: path.join(dir, 'setu.jsonl'),
    onLine: (entry) => {
      state.apply(entry as BookEntry);
    },
    onFailure,
  });
  const isNew = state.opened() === undefined;
  const book = createBook(state, log, nowMs);
  if (isNew && openingBalancePaise > 0n)
    for (const product of ['billpay', 'recharge'] as const)
      book.deposit(product, openingBalancePaise, 'OPENING');
  return book;
}

export const productOf = (kind: Kind): Product => (kind === 'recharge' ? 'recharge' : 'billpay');

function createTables(ids: () => Ids): Tables {
  const refOf = (entry: AddEntry): string => ids().ref(entry.kind, entry.n, entry.at);
  return {
    fetch: createTable<'fetch'>(refOf, () => ({})),
    payment: createTable<'payment'>(refOf, ({ n, atMs, details }) => ({
      paymentRefId: details.payment.paymentRefId,
      transactionId: ids().transaction(n, atMs),
    })),
    dispute: createTable<'dispute'>(refOf, () => ({})),
    recharge: createTable<'recharge'>(refOf, ({ details }) => ({ paymentRefId: details.payment_ref_id })),
  };
}

/** The tables, and the one function that changes them. */
function createState() {
  let opened: OpenEntry | undefined;
  let ids: Ids | undefined;
  let lastAt = 0;
  let newHooks: Hook[] = [];
  const tables = createTables(() => ids!);
  const hooks = createHookTable();
  const settings: Partial<SetuSettings> = {};
  const wallets: Record<Product, Wallet> = { billpay: emptyWallet(), recharge: emptyWallet() };
  const refused: Record<Product, Set<string>> = { billpay: new Set(), recharge: new Set() };
  const table = (kind: Kind): Table<Kind> => tables[kind];

  function applySettings({ t: _t, at: _at, lowBalance, ...changed }: SettingsEntry): void {
    Object.assign(settings, changed);
    if (lowBalance !== undefined) settings.lowBalancePaise = BigInt(lowBalance);
  }

  function apply(entry: BookEntry): void {
    if ('at' in entry) {
      lastAt = entry.at;
      newHooks = hooks.addFrom(entry);
    }
    switch (entry.t) {
      case 'open':
        opened = entry;
        ids = createIds(entry.seed);
        break;
      case 'deposit':
        credit(wallets[entry.product], BigInt(entry.amount));
        break;
      case 'add':
        table(entry.kind).add(entry);
        debit(wallets[productOf(entry.kind)], BigInt(entry.debit ?? 0));
        break;
      case 'move':
        table(entry.kind).move(entry);
        credit(wallets[productOf(entry.kind)], BigInt(entry.credit ?? 0));
        break;
      case 'seen':
        table(entry.kind).noteRequest(entry.n);
        break;
      case 'refused':
        remember(refused[entry.product], entry.ref);
        break;
      case 'tell':
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
    tables,
    hooks,
    settings,
    wallets,
    refused,
    apply,
    opened: () => opened,
    ids: () => ids!,
    lastAt: () => lastAt,
    takeNewHooks: () => newHooks,
  };
}

function createBook(state: ReturnType<typeof createState>, log: LogFile, clock: () => number): Book {
  const now = (): number => Math.max(state.lastAt(), clock());
  const write = (entry: BookEntry): Hook[] => {
    log.append(entry);
    state.apply(entry);
    return 'at' in entry ? state.takeNewHooks() : [];
  };
  if (state.opened() === undefined)
    write({ t: 'open', version: 1, seed: randomBytes(8).toString('hex'), at: now() });

  return {
    ids: state.ids(),
    tables: state.tables,
    hooks: state.hooks,
    settings: state.settings,
    changeSettings({ lowBalancePaise, ...changed }) {
      write({
        t: 'settings',
        at: now(),
        ...changed,
        ...(lowBalancePaise === undefined ? {} : { lowBalance: paiseToJson(lowBalancePaise) }),
      });
    },
    wallet: (product) => state.wallets[product],
    add(kind, { details, status, scenario, debitPaise = 0n, failure, hooks = [] }) {
      const n = state.tables[kind].count;
      const entry: AddEntry<typeof kind> = {
        t: 'add',
        kind,
        n,
        at: now(),
        scenario,
        status,
        details,
        ...(failure === undefined ? {} : { failure }),
      };
      if (debitPaise > 0n) entry.debit = paiseToJson(debitPaise);
      if (hooks.length > 0) entry.hooks = hooks;
      const owed = write(entry);
      return { row: state.tables[kind].get(n), owed };
    },
    move(kind, n, { to, step, atMs = now(), failure, creditPaise = 0n, hooks = [] }) {
      const entry: MoveEntry<typeof kind> = {
        t: 'move',
        kind,
        n,
        at: atMs,
        to,
        step,
        ...(failure === undefined ? {} : { failure }),
      };
      if (creditPaise > 0n) entry.credit = paiseToJson(creditPaise);
      if (hooks.length > 0) entry.hooks = hooks;
      return write(entry);
    },
    noteRepeat(kind, n) {
      write({ t: 'seen', kind, n });
    },
    noteRefused(product, ref) {
      write({ t: 'refused', product, ref });
    },
    wasRefused: (product, ref) => state.refused[product].has(ref),
    refusedCount: (product) => state.refused[product].size,
    deposit: (product, amountPaise, reference, hooks = []) =>
      write({
        t: 'deposit',
        product,
        at: now(),
        amount: paiseToJson(amountPaise),
        reference,
        ...(hooks.length > 0 ? { hooks } : {}),
      }),
    tell: (hooks) => write({ t: 'tell', at: now(), hooks }),
    settleHooks(done, off) {
      write({ t: 'hooks', ...(done.length > 0 ? { done } : {}), ...(off.length > 0 ? { off } : {}) });
    },
    nowMs: now,
    flushed: () => log.flushed(),
    close: () => log.close(),
  };
}

const emptyWallet = (): Wallet => ({ balancePaise: 0n, creditsPaise: 0n, debitsPaise: 0n });

function credit(wallet: Wallet, amountPaise: bigint): void {
  wallet.balancePaise += amountPaise;
  wallet.creditsPaise += amountPaise;
}

function debit(wallet: Wallet, amountPaise: bigint): void {
  if (wallet.balancePaise < amountPaise) throw new Error('a wallet must not go below zero');
  wallet.balancePaise -= amountPaise;
  wallet.debitsPaise += amountPaise;
}

function remember(set: Set<string>, text: string): void {
  set.add(text);
  if (set.size > REFUSED_REFERENCES) set.delete(set.values().next().value!);
}
