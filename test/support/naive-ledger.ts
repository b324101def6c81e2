/**
 * The ledger as one would explain it: one posting at a time on a copy of the world, which is kept only if
 * nothing speaks against it. Slow and plain; what domain/ledger/apply.ts does in memory for a whole batch is
 * compared with it.
 */
import { accountId } from '../../domain/ids/ids';
import type { AccountSnapshot, Posting, Snapshot } from '../../domain/ledger/apply';
import type { Transfer } from '../../domain/ledger/journal';
import { mayMove } from '../../domain/lifecycle/lifecycle';
import type { LockedTransaction, TransactionChange } from '../../domain/lifecycle/moves';

export interface NaiveWorld {
  accounts: Map<bigint, { currency: string; floorPaise: bigint | null; entries: bigint[] }>;
  journals: Map<string, readonly Transfer[]>;
  transactions: Map<string, LockedTransaction>;
  limits: Map<string, { usedPaise: bigint; capPaise: bigint }>;
}

const sum = (entries: readonly bigint[]): bigint => entries.reduce((total, e) => total + e, 0n);
export const naiveBalance = (world: NaiveWorld, id: bigint): bigint => sum(world.accounts.get(id)!.entries);

export function copyWorld(world: NaiveWorld): NaiveWorld {
  return {
    accounts: new Map([...world.accounts].map(([id, a]) => [id, { ...a, entries: [...a.entries] }])),
    journals: new Map(world.journals),
    transactions: new Map(world.transactions),
    limits: new Map([...world.limits].map(([k, l]) => [k, { ...l }])),
  };
}

/** What a batch would read under its locks. */
export function snapshotOf(world: NaiveWorld): Snapshot {
  const account = (id: bigint): AccountSnapshot => {
    const { currency, floorPaise, entries } = world.accounts.get(id)!;
    return {
      id: accountId(id),
      currency,
      floorPaise,
      spendFloorPaise: null,
      debitsPaise: -sum(entries.filter((e) => e < 0n)),
      creditsPaise: sum(entries.filter((e) => e > 0n)),
    };
  };
  return {
    accounts: new Map([...world.accounts.keys()].map((id) => [accountId(id), account(id)])),
    journals: new Map(world.journals),
    transactions: new Map(world.transactions),
    limits: copyWorld(world).limits,
  };
}

const same = (a: readonly Transfer[], b: readonly Transfer[]): boolean =>
  JSON.stringify(a, text) === JSON.stringify(b, text);
const text = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** Result as `posted`, `repeat` or the code of the refusal. `refused` holds what this batch has refused so far. */
export function postNaively(
  world: NaiveWorld,
  posting: Posting,
  refused: Map<string, { transfers: readonly Transfer[]; code: string }>,
): { result: string; world: NaiveWorld } {
  const { journal } = posting;
  if (journal !== undefined) {
    const stored = world.journals.get(journal.id);
    if (stored !== undefined)
      return { result: same(stored, journal.transfers) ? 'repeat' : 'LEDGER_JOURNAL_MISMATCH', world };
    const earlier = refused.get(journal.id);
    if (earlier !== undefined)
      return {
        result: same(earlier.transfers, journal.transfers) ? earlier.code : 'LEDGER_JOURNAL_MISMATCH',
        world,
      };
  }
  const { result, world: after } = attempt(world, posting);
  if (journal !== undefined && result !== 'posted')
    refused.set(journal.id, { transfers: journal.transfers, code: result });
  return { result, world: after };
}

function attempt(
  world: NaiveWorld,
  { journal, move, reserve }: Posting,
): { result: string; world: NaiveWorld } {
  const next = copyWorld(world);
  const row = move === undefined ? undefined : world.transactions.get(move.transactionId);
  if (move !== undefined && row === undefined) return { result: 'TRANSACTION_NOT_FOUND', world };
  const change = row === undefined ? undefined : move!.decide(row);
  if (move !== undefined && change === undefined) return { result: 'TRANSACTION_MOVE_REFUSED', world };

  const code =
    reserveNaively(next, reserve) ??
    (journal === undefined ? undefined : moveNaively(next, journal.id, journal.transfers));
  if (code !== undefined) {
    const otherwise = row === undefined ? undefined : move!.otherwise?.(row, code as 'LIMIT_EXCEEDED');
    if (otherwise === undefined) return { result: code, world };
    const failed = copyWorld(world);
    changeNaively(failed, row!, otherwise);
    return { result: code, world: failed };
  }
  if (change !== undefined) changeNaively(next, row!, change);
  return { result: 'posted', world: next };
}

function reserveNaively(world: NaiveWorld, reserve: Posting['reserve']): string | undefined {
  if (reserve === undefined) return undefined;
  const counter = world.limits.get(reserve.key) ?? { usedPaise: 0n, capPaise: reserve.capPaise };
  const usedPaise = counter.usedPaise + reserve.amountPaise;
  if (usedPaise < 0n) return 'LIMIT_EXCEEDED';
  if (reserve.amountPaise <= 0n) {
    world.limits.set(reserve.key, { ...counter, usedPaise });
    return undefined;
  }
  world.limits.set(reserve.key, { usedPaise, capPaise: reserve.capPaise });
  return usedPaise > reserve.capPaise ? 'LIMIT_EXCEEDED' : undefined;
}

function moveNaively(world: NaiveWorld, id: string, transfers: readonly Transfer[]): string | undefined {
  const before = copyWorld(world);
  const currencies = new Set<string>();
  for (const t of transfers) {
    const [debit, credit] = [world.accounts.get(t.debitAccountId), world.accounts.get(t.creditAccountId)];
    if (debit === undefined || credit === undefined) return 'LEDGER_ACCOUNT_UNKNOWN';
    currencies.add(debit.currency);
    currencies.add(credit.currency);
    if (currencies.size > 1) return 'LEDGER_JOURNAL_INVALID';
    debit.entries.push(-t.amountPaise);
    credit.entries.push(t.amountPaise);
  }
  world.journals.set(id, transfers);
  for (const [account, { floorPaise }] of world.accounts) {
    const balance = naiveBalance(world, account);
    if (floorPaise !== null && balance < floorPaise && balance < naiveBalance(before, account))
      return 'LEDGER_INSUFFICIENT_FUNDS';
  }
  return undefined;
}

function changeNaively(world: NaiveWorld, row: LockedTransaction, change: TransactionChange): void {
  if (change.to !== undefined && !mayMove(row.state, change.to)) throw new Error('no such move');
  world.transactions.set(row.id, {
    ...row,
    ...change.set,
    ...(change.to === undefined ? {} : { state: change.to, moveCount: row.moveCount + 1 }),
  });
}
