/**
 * The book of both Setu products: fetches, payments, disputes, recharges, the two wallets and the callbacks
 * that are owed. RazorpayX's book, which is opened first, holds the lock of the folder.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import type { ScenarioCode } from '../scenarios';
import type {
  AddEntry,
  BookEntry,
  DetailsOf,
  Failure,
  HookSpec,
  Kind,
  MoveEntry,
  Product,
  SettingsEntry,
  StatusOf,
} from './entries';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createIds, type Ids } from './ids';
import type { SetuSettings } from './settings';
import { createTable, type Row, type Table } from './tables';

const MAX_REFUSED_REFERENCES = 100_000;

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
/** `atMs` is a time that `nowMs()` returned; by default the present time. */
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
  /** The settings that the control API has changed so far. */
  readonly settings: Readonly<Partial<SetuSettings>>;
  changeSettings(changed: Partial<SetuSettings>): void;
  wallet(product: Product): Readonly<Wallet>;
  /** Books a row and debits its wallet. */
  add<K extends Kind>(kind: K, row: NewRow<K>): { row: Row<K>; owed: Hook[] };
  move<K extends Kind>(kind: K, n: number, change: Change<K>): Hook[];
  noteRepeat(kind: Kind, n: number): void;
  /** Notes a create request that was answered 500 and booked nothing. */
  noteRefused(product: Product, ref: string): void;
  wasRefused(product: Product, ref: string): boolean;
  refusedCount(product: Product): number;
  deposit(product: Product, amountPaise: bigint, reference: string, hooks?: HookSpec[]): Hook[];
  /** Writes callbacks that do not come from a change of a row. */
  tell(hooks: HookSpec[]): Hook[];
  settleHooks(done: number[], off: number[]): void;
  /** The present time in ms; it never goes back. */
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
  const file = await openBookFile<BookEntry, BookTables, Hook>({
    dir,
    fileName: 'setu.jsonl',
    createTables,
    hooksOf: hooksOfEntry,
    openingEntry: () => ({ t: 'open', version: 1, seed: randomBytes(8).toString('hex'), at: nowMs() }),
    onFailure,
  });
  const book = createBook(file, nowMs);
  if (file.isNew && openingBalancePaise > 0n)
    for (const product of ['billpay', 'recharge'] as const)
      book.deposit(product, openingBalancePaise, 'OPENING');
  return book;
}

type BookTables = ReturnType<typeof createTables>;
type File = BookFile<BookEntry, BookTables, Hook>;

export const productOf = (kind: Kind): Product => (kind === 'recharge' ? 'recharge' : 'billpay');

function createRows(ids: () => Ids): Tables {
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
function createTables() {
  let ids: Ids | undefined;
  const rows = createRows(() => ids!);
  const settings: Partial<SetuSettings> = {};
  const wallets: Record<Product, Wallet> = { billpay: emptyWallet(), recharge: emptyWallet() };
  const refused: Record<Product, Set<string>> = { billpay: new Set(), recharge: new Set() };
  const table = (kind: Kind): Table<Kind> => rows[kind];

  function applySettings({ t: _t, at: _at, lowBalance, ...changed }: SettingsEntry): void {
    Object.assign(settings, changed);
    if (lowBalance !== undefined) settings.lowBalancePaise = BigInt(lowBalance);
  }

  function apply(entry: BookEntry): void {
    switch (entry.t) {
      case 'open':
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
      case 'settings':
        applySettings(entry);
        break;
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  return { rows, settings, wallets, refused, apply, ids: () => ids! };
}

function createBook(file: File, clock: () => number): Book {
  const { rows, settings, wallets, refused, ids } = file.tables;
  const now = (): number => file.notBeforeLast(clock());
  return {
    ids: ids(),
    tables: rows,
    hooks: file.hooks,
    settings,
    changeSettings({ lowBalancePaise, ...changed }) {
      file.write({
        t: 'settings',
        at: now(),
        ...changed,
        lowBalance: lowBalancePaise === undefined ? undefined : paiseToJson(lowBalancePaise),
      });
    },
    wallet: (product) => wallets[product],
    ...createRowWriters(file, now),
    noteRepeat(kind, n) {
      file.write({ t: 'seen', kind, n });
    },
    noteRefused(product, ref) {
      file.write({ t: 'refused', product, ref });
    },
    wasRefused: (product, ref) => refused[product].has(ref),
    refusedCount: (product) => refused[product].size,
    deposit: (product, amountPaise, reference, hooks = []) =>
      file.write({
        t: 'deposit',
        product,
        at: now(),
        amount: paiseToJson(amountPaise),
        reference,
        hooks: hooks.length > 0 ? hooks : undefined,
      }).hooks,
    tell: (hooks) => file.write({ t: 'tell', at: now(), hooks }).hooks,
    settleHooks: file.settleHooks,
    nowMs: now,
    flushed: file.flushed,
    close: file.close,
  };
}

function createRowWriters(file: File, now: () => number): Pick<Book, 'add' | 'move'> {
  const { rows } = file.tables;
  return {
    add(kind, { details, status, scenario, debitPaise = 0n, failure, hooks = [] }) {
      const n = rows[kind].count;
      const entry: AddEntry<typeof kind> = {
        t: 'add',
        kind,
        n,
        at: now(),
        scenario,
        status,
        details,
        failure,
      };
      if (debitPaise > 0n) entry.debit = paiseToJson(debitPaise);
      if (hooks.length > 0) entry.hooks = hooks;
      const owed = file.write<BookEntry>(entry).hooks;
      return { row: rows[kind].get(n), owed };
    },
    move(kind, n, { to, step, atMs = now(), failure, creditPaise = 0n, hooks = [] }) {
      const entry: MoveEntry<typeof kind> = {
        t: 'move',
        kind,
        n,
        at: atMs,
        to,
        step,
        failure,
      };
      if (creditPaise > 0n) entry.credit = paiseToJson(creditPaise);
      if (hooks.length > 0) entry.hooks = hooks;
      return file.write<BookEntry>(entry).hooks;
    },
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
  if (set.size > MAX_REFUSED_REFERENCES) set.delete(set.values().next().value!);
}
