/** What the platform in memory holds, and the few constants that its parts share. */
import { accountId } from '../../../domain/ids/ids';
import { type Posting } from '../../../domain/ledger/apply';
import { type DebitAccounts } from '../../../domain/posting/debit-recipes';
import type { EarningAccounts, Earnings } from '../../../domain/posting/commission';
import type { Effect } from '../../../domain/lifecycle/decide';
import type { State } from '../../../domain/lifecycle/lifecycle';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import { type NaiveWorld } from '../../support/naive-ledger';
import { type Kind } from './money';

export const MINUTE = 60_000;
export const WINDOW_MS = 15 * MINUTE;
export const RECHECK_MS = [86_400_000, 259_200_000];
export const WALLETS = [1n, 2n, 3n];
/** Of agents whose customers' banks pay: nothing is spent from these. */
export const AGENT_WALLETS = [4n, 5n];
export const ANSWER_WITHIN_MS = 60_000;
export const BANK = 20n;
export const ACCOUNTS: Omit<DebitAccounts, 'wallet'> = {
  clearing: accountId(10n),
  float: accountId(11n),
  feeIncome: accountId(12n),
  gstPayable: accountId(13n),
  providerFee: accountId(14n),
  gstInput: accountId(15n),
  suspense: accountId(16n),
  receivable: accountId(17n),
  refundPayable: accountId(18n),
  loss: accountId(19n),
};
export const EARNING_ACCOUNTS: Omit<EarningAccounts, 'provider'> = {
  commissionIncome: accountId(19n),
  tdsReceivable: accountId(21n),
  suspense: ACCOUNTS.suspense,
};
export const FLOORED = new Set([...WALLETS, ...AGENT_WALLETS, ACCOUNTS.clearing, ACCOUNTS.refundPayable]);
export const ON_CLEARING = new Set<State>(['held', 'dispatched']);
export const FINAL = new Set<State>(['succeeded', 'failed', 'reversed', 'refunded']);
/** As settle has it: no money went out; a success is undone, and with it what the provider charged for it. */
export const GIVES_LIMIT_BACK = new Set<Effect>([
  'failure',
  'reversal',
  'refund',
  'refund_at_once',
  'refund_after_success',
]);
export const UNDOES_SUCCESS = new Set<Effect>([
  'reversal',
  'refund_after_success',
  'refund_due_after_success',
]);

export interface Facts {
  kind: Kind;
  chargePaise: bigint;
  wallet: bigint;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  /** What the provider pays for it; of a payout nothing. */
  earned: Earnings;
  label: string;
}
export interface Attempt {
  instruction: PayoutInstruction;
  sendBefore: Date;
  sendCount: number;
  notFound: number;
}
export interface Known {
  effect: Effect;
  fees: { providerFeePaise: bigint; providerTaxPaise: bigint };
}

export interface MemoryState {
  now: Date;
  /** Replaced as a whole by each batch that commits. */
  world: NaiveWorld;
  readonly facts: Map<string, Facts>;
  readonly attempts: Map<string, Attempt[]>;
  readonly effects: Map<string, Known[]>;
  readonly cases: Map<string, Set<string>>;
  /** Journals that were posted. */
  readonly seen: Posting[];
}

export function createMemoryState(): MemoryState {
  return {
    now: new Date('2026-11-01T06:30:00Z'),
    world: {
      accounts: new Map(
        [
          ...WALLETS,
          ...AGENT_WALLETS,
          ...Object.values(ACCOUNTS),
          EARNING_ACCOUNTS.commissionIncome,
          EARNING_ACCOUNTS.tdsReceivable,
          BANK,
        ].map((id) => [id, { currency: 'INR', floorPaise: FLOORED.has(id) ? 0n : null, entries: [] }]),
      ),
      journals: new Map(),
      transactions: new Map(),
      limits: new Map(),
    },
    facts: new Map(),
    attempts: new Map(),
    effects: new Map(),
    cases: new Map(),
    seen: [],
  };
}

export const totalOf = (f: Facts): bigint => f.amountPaise + f.feePaise + f.taxPaise + f.chargePaise;
