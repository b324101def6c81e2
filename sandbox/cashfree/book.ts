/**
 * The book of the payouts wallet: beneficiaries, transfers, the balance and the webhooks that are owed.
 * RazorpayX's book, which is opened first, holds the lock of the folder.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import type { BeneficiaryEntry, BookEntry, HookSpec, MoveEntry, TransferEntry } from './entries';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createBeneficiaries, createTransfers, type Beneficiary, type Transfer } from './tables';

/** ₹3.00 a transfer, whatever its mode, and 18 % GST on it. */
export const CHARGE_PAISE = 300n;
export const TAX_PAISE = 54n;
const MAX_REFUSED = 100_000;

export interface Wallet {
  balancePaise: bigint;
  creditsPaise: bigint;
  debitsPaise: bigint;
}

export type NewTransfer = Omit<TransferEntry, 't' | 'n' | 'at' | 'amount' | 'debit' | 'status' | 'code'> & {
  amountPaise: bigint;
  /** Why Cashfree does not take it on. */
  rejection?: string;
};

export interface Change extends Pick<MoveEntry, 'to' | 'code' | 'step'> {
  hooks?: HookSpec[];
  /** A time that `nowMs()` returned. */
  atMs: number;
}

export interface Book {
  readonly seed: number;
  readonly beneficiaries: Pick<
    ReturnType<typeof createBeneficiaries>,
    'get' | 'ofId' | 'ofAccount' | 'sameAccount' | 'count'
  >;
  readonly transfers: Pick<ReturnType<typeof createTransfers>, 'all' | 'get' | 'ofId'>;
  readonly wallet: Readonly<Wallet>;
  readonly hooks: HookTable;
  /** A transfer that the wallet does not hold waits in a queue; otherwise it is rejected. */
  readonly queues: boolean;
  setQueues(queues: boolean): void;
  addBeneficiary(details: Pick<BeneficiaryEntry, 'id' | 'name' | 'instrument'>): Beneficiary;
  removeBeneficiary(n: number): void;
  /** Books a transfer; debits it unless it waits for money or is rejected. */
  addTransfer(transfer: NewTransfer): Transfer;
  /** `FAILED` and `REVERSED` give everything back. */
  move(n: number, change: Change): Hook[];
  /** Takes a queued transfer on, when the wallet holds it. */
  release(n: number): boolean;
  tell(hooks: HookSpec[]): Hook[];
  noteRepeat(n: number, hash: string): void;
  /** Notes a create request that was answered 500 and booked nothing. */
  noteRefused(ref: string, hash: string): void;
  wasRefused(ref: string): boolean;
  readonly refusedCount: number;
  /** Throws RangeError when the wallet would fall below zero. */
  addFunds(amountPaise: bigint): void;
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
    fileName: 'cashfree.jsonl',
    createTables,
    hooksOf: hooksOfEntry,
    openingEntry: () => ({ t: 'open', version: 1, seed: randomBytes(4).readUInt32LE(), at: nowMs() }),
    onFailure,
  });
  const book = createBook(file, nowMs);
  if (file.isNew && openingBalancePaise > 0n) book.addFunds(openingBalancePaise);
  return book;
}

type BookTables = ReturnType<typeof createTables>;
type File = BookFile<BookEntry, BookTables, Hook>;

/** The tables, and the one function that changes them. */
function createTables() {
  const beneficiaries = createBeneficiaries();
  const transfers = createTransfers();
  const refused = new Map<string, string[]>();
  const wallet: Wallet = { balancePaise: 0n, creditsPaise: 0n, debitsPaise: 0n };
  const state = { queues: true };

  function credit(amountPaise: bigint): void {
    wallet.balancePaise += amountPaise;
    if (amountPaise >= 0n) wallet.creditsPaise += amountPaise;
    else wallet.debitsPaise -= amountPaise;
    if (wallet.balancePaise < 0n) throw new Error('the wallet must not go below zero');
  }

  function apply(entry: BookEntry): void {
    switch (entry.t) {
      case 'open':
      case 'tell':
        break;
      case 'funds':
        credit(BigInt(entry.amount));
        break;
      case 'beneficiary':
        beneficiaries.add(entry);
        break;
      case 'beneficiary_gone':
        beneficiaries.remove(entry.n);
        break;
      case 'transfer':
        transfers.add(entry, refused.get(entry.transfer_id) ?? []);
        refused.delete(entry.transfer_id);
        credit(-BigInt(entry.debit));
        break;
      case 'move':
        transfers.move(entry);
        credit(BigInt(entry.credit ?? 0) - BigInt(entry.debit ?? 0));
        break;
      case 'repeat':
        transfers.noteRequest(entry.n, entry.hash);
        break;
      case 'refused':
        refused.set(entry.ref, [...(refused.get(entry.ref) ?? []), entry.hash]);
        if (refused.size > MAX_REFUSED) refused.delete(refused.keys().next().value!);
        break;
      case 'settings':
        state.queues = entry.queues;
        break;
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  return { beneficiaries, transfers, refused, wallet, state, apply };
}

function createBook(file: File, clock: () => number): Book {
  const { beneficiaries, transfers, refused, wallet, state } = file.tables;
  const now = (): number => file.notBeforeLast(clock());
  return {
    seed: file.opening.seed,
    beneficiaries,
    transfers,
    wallet,
    hooks: file.hooks,
    get queues() {
      return state.queues;
    },
    setQueues(queues) {
      file.write({ t: 'settings', at: now(), queues });
    },
    addBeneficiary(details) {
      const n = beneficiaries.count();
      file.write({ t: 'beneficiary', n, at: now(), ...details });
      return beneficiaries.get(n);
    },
    removeBeneficiary(n) {
      file.write({ t: 'beneficiary_gone', n, at: now() });
    },
    ...createTransferWriters(file, now),
    tell: (hooks) => file.write({ t: 'tell', at: now(), hooks }).hooks,
    noteRepeat(n, hash) {
      file.write({ t: 'repeat', n, hash });
    },
    noteRefused(ref, hash) {
      file.write({ t: 'refused', ref, hash });
    },
    wasRefused: (ref) => refused.has(ref),
    get refusedCount() {
      return refused.size;
    },
    addFunds(amountPaise) {
      if (wallet.balancePaise + amountPaise < 0n) throw new RangeError('the wallet holds less');
      file.write({ t: 'funds', at: now(), amount: paiseToJson(amountPaise) });
    },
    settleHooks: file.settleHooks,
    nowMs: now,
    flushed: file.flushed,
    close: file.close,
  };
}

function createTransferWriters(
  file: File,
  now: () => number,
): Pick<Book, 'addTransfer' | 'move' | 'release'> {
  const { transfers, wallet, state } = file.tables;
  const costOf = (amountPaise: bigint): bigint => amountPaise + CHARGE_PAISE + TAX_PAISE;
  const isShort = (amountPaise: bigint): boolean => wallet.balancePaise < costOf(amountPaise);

  return {
    addTransfer({ amountPaise, rejection, ...rest }) {
      const short = rejection === undefined && isShort(amountPaise);
      const code = rejection ?? (short && !state.queues ? 'INSUFFICIENT_BALANCE' : undefined);
      const taken = code === undefined && !short ? costOf(amountPaise) : 0n;
      const n = transfers.all().length;
      file.write({
        t: 'transfer',
        n,
        at: now(),
        ...rest,
        amount: paiseToJson(amountPaise),
        debit: paiseToJson(taken),
        ...(code === undefined
          ? { status: short ? 'QUEUED' : 'RECEIVED', code: short ? 'QUEUED' : 'RECEIVED' }
          : { status: 'REJECTED', code }),
      });
      return transfers.get(n);
    },
    move(n, { to, code, step, atMs, hooks = [] }) {
      const { debitPaise, creditPaise } = transfers.get(n);
      const isUndone = to === 'FAILED' || to === 'REVERSED';
      const back = isUndone ? debitPaise - creditPaise : 0n;
      return file.write<BookEntry>({
        ...{ t: 'move', n, at: atMs, to, code, step },
        ...(back > 0n && { credit: paiseToJson(back) }),
        ...(hooks.length > 0 && { hooks }),
      }).hooks;
    },
    release(n) {
      const { amountPaise, status, step } = transfers.get(n);
      if (status !== 'QUEUED' || isShort(amountPaise)) return false;
      const debit = paiseToJson(costOf(amountPaise));
      file.write({ t: 'move', n, at: now(), to: 'RECEIVED', code: 'RECEIVED', step, debit });
      return true;
    },
  };
}
