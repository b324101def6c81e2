/** The postings of the platform in memory: of holds, releases and effects, fundings, and repeats of any. */
import { accountId, type TransactionId } from '../../../domain/ids/ids';
import { type Posting } from '../../../domain/ledger/apply';
import { journalId } from '../../../domain/ledger/journal';
import { creditEffectTransfers } from '../../../domain/posting/credit-recipes';
import { effectTransfers, holdTransfers, releaseTransfers } from '../../../domain/posting/debit-recipes';
import { earningTransfers, type Earnings } from '../../../domain/posting/commission';
import { failChange } from '../../../domain/posting/hold';
import { STATE_OF } from '../../../domain/posting/settle';
import { addMs } from '../../../platform/clock';
import type { Random } from './random';
import {
  ACCOUNTS,
  BANK,
  EARNING_ACCOUNTS,
  FINAL,
  GIVES_LIMIT_BACK,
  RECHECK_MS,
  UNDOES_SUCCESS,
  WALLETS,
  type Facts,
  type Known,
  type MemoryState,
} from './memory-state';

export interface MemoryPostings {
  readonly hold: (id: TransactionId) => Posting;
  readonly release: (id: TransactionId) => Posting;
  /** The n-th effect (from 1), which another process may have posted meanwhile. */
  readonly settle: (id: TransactionId, seq: number) => Posting | undefined;
  readonly funding: () => Posting;
  /** A journal that was posted before, or one with its id that says something else. */
  readonly again: () => Posting[];
}

export function createMemoryPostings(m: MemoryState, random: Random): MemoryPostings {
  const { facts, effects, seen } = m;
  const amounts = (f: Facts, fees: Known['fees']) => ({ ...f, ...fees });
  const NO_FEES = { providerFeePaise: 0n, providerTaxPaise: 0n };

  function hold(id: TransactionId): Posting {
    const f = facts.get(id)!;
    return {
      journal: {
        id: journalId(id, 'hold', 0),
        transactionId: id,
        transfers: holdTransfers({ ...ACCOUNTS, wallet: accountId(f.wallet) }, amounts(f, NO_FEES)),
      },
      reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: f.amountPaise },
      move: {
        transactionId: id,
        otherwise: (row, code) => failChange(row, code, 'hold', m.now),
        decide: (row) =>
          row.state === 'accepted'
            ? {
                to: 'held',
                actor: 'hold',
                reason: 'hold_posted',
                set: { dueAt: addMs(m.now, 10_000), driveNo: row.driveNo + 1 },
              }
            : undefined,
      },
    };
  }

  function release(id: TransactionId): Posting {
    const f = facts.get(id)!;
    if (f.kind === 'withdrawal')
      return {
        move: {
          transactionId: id,
          decide: (row) =>
            row.state === 'held' ? failChange(row, 'TRANSACTION_NOT_SENT', 'api', m.now) : undefined,
        },
      };
    return {
      journal: {
        id: journalId(id, 'release', 0),
        transactionId: id,
        transfers: releaseTransfers({ ...ACCOUNTS, wallet: accountId(f.wallet) }, amounts(f, NO_FEES)),
      },
      reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: -f.amountPaise },
      move: {
        transactionId: id,
        decide: (row) =>
          row.state === 'held' ? failChange(row, 'TRANSACTION_EXPIRED', 'send', m.now) : undefined,
      },
    };
  }

  function settle(id: TransactionId, seq: number): Posting | undefined {
    const known = effects.get(id)?.[seq - 1];
    if (known === undefined) return undefined;
    const f = facts.get(id)!;
    const to = STATE_OF[known.effect];
    const fees = UNDOES_SUCCESS.has(known.effect) ? postedFees(id, seq) : known.fees;
    const flow = f.kind === 'withdrawal' ? 'credit' : 'debit';
    const transfers = [
      ...(flow === 'credit' ? creditEffectTransfers : effectTransfers)(
        known.effect,
        { ...ACCOUNTS, wallet: accountId(f.wallet) },
        { ...amounts(f, fees), service: 'aeps' },
      ),
      ...earningTransfers(
        known.effect,
        flow,
        { ...EARNING_ACCOUNTS, provider: flow === 'credit' ? ACCOUNTS.receivable : ACCOUNTS.float },
        { told: f.earned, posted: postedEarnings(id, seq) },
      ),
    ];
    return {
      ...(transfers.length === 0
        ? {}
        : { journal: { id: journalId(id, 'effect', seq), transactionId: id, transfers } }),
      ...(f.kind !== 'withdrawal' && GIVES_LIMIT_BACK.has(known.effect)
        ? { reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: -f.amountPaise } }
        : {}),
      move: {
        transactionId: id,
        decide: (row) =>
          row.postedCount !== seq - 1
            ? undefined
            : {
                to,
                actor: 'settle',
                reason: known.effect,
                set: {
                  postedCount: seq,
                  dueAt: row.effectCount > seq ? addMs(m.now, 10_000) : null,
                  driveNo: row.driveNo + 1,
                  pollNo: 0,
                  ...(to === 'in_review' ? {} : { finishedAt: FINAL.has(to) ? m.now : null }),
                  nextPollAt:
                    row.askedForAt !== null
                      ? row.nextPollAt
                      : to === 'succeeded' || to === 'refund_pending'
                        ? addMs(m.now, RECHECK_MS[0]!)
                        : null,
                },
              },
      },
    };
  }

  /** What the effects before this one posted under a code, and did not give back. */
  function left(id: TransactionId, seq: number, code: string): bigint {
    const posted = Array.from(
      { length: seq - 1 },
      (_, i) => m.world.journals.get(journalId(id, 'effect', i + 1)) ?? [],
    ).flat();
    return posted.reduce(
      (sum, t) =>
        sum + (t.code === code ? t.amountPaise : t.code === `${code}_reversed` ? -t.amountPaise : 0n),
      0n,
    );
  }

  const postedFees = (id: TransactionId, seq: number): Known['fees'] => ({
    providerFeePaise: left(id, seq, 'provider_fee'),
    providerTaxPaise: left(id, seq, 'provider_gst'),
  });
  const postedEarnings = (id: TransactionId, seq: number): Earnings => ({
    commissionPaise: left(id, seq, 'commission') + left(id, seq, 'commission_tds'),
    tdsPaise: left(id, seq, 'commission_tds'),
    chargeDifferencePaise: 0n,
  });

  const funding = (): Posting => ({
    journal: {
      id: `funding ${seen.length}`,
      transactionId: null,
      transfers: [
        {
          debitAccountId: accountId(BANK),
          creditAccountId: accountId(random.pick(WALLETS)),
          amountPaise: BigInt(1 + random.below(600_000)),
          code: 'funding',
        },
      ],
    },
  });

  function again(): Posting[] {
    if (seen.length === 0) return [];
    const old = random.pick(seen);
    if (!random.chance(0.2)) return [old];
    const [first, ...rest] = old.journal!.transfers;
    return [
      {
        journal: {
          ...old.journal!,
          transfers: [{ ...first!, amountPaise: first!.amountPaise + 1n }, ...rest],
        },
      },
    ];
  }

  return { hold, release, settle, funding, again };
}
