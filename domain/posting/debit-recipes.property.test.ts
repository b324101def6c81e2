import { accountId } from '../ids/ids';
import * as fc from 'fast-check';
import { checkJournal, MAX_TRANSFERS_PER_JOURNAL, type Transfer } from '../ledger/journal';
import {
  effectTransfers,
  holdTransfers,
  releaseTransfers,
  type DebitAccounts,
  type DebitAmounts,
} from './debit-recipes';
import { EFFECTS, type Effect } from '../lifecycle/decide';

const A: DebitAccounts = {
  wallet: accountId(1n),
  clearing: accountId(2n),
  float: accountId(3n),
  feeIncome: accountId(4n),
  gstPayable: accountId(5n),
  providerFee: accountId(6n),
  gstInput: accountId(7n),
  suspense: accountId(8n),
  receivable: accountId(9n),
  refundPayable: accountId(10n),
  loss: accountId(11n),
};
const charge = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 6n }));
const amounts: fc.Arbitrary<DebitAmounts> = fc.record({
  amountPaise: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  feePaise: charge,
  taxPaise: charge,
  chargePaise: charge,
  providerFeePaise: charge,
  providerTaxPaise: charge,
});

/** What each account gained: credits minus debits; accounts that end where they were are left out. */
function net(...journals: Transfer[][]): Record<string, bigint> {
  const total = new Map<bigint, bigint>();
  for (const t of journals.flat()) {
    total.set(t.debitAccountId, (total.get(t.debitAccountId) ?? 0n) - t.amountPaise);
    total.set(t.creditAccountId, (total.get(t.creditAccountId) ?? 0n) + t.amountPaise);
  }
  const names = Object.entries(A) as [string, bigint][];
  return Object.fromEntries(
    names.flatMap(([name, id]) => ((total.get(id) ?? 0n) === 0n ? [] : [[name, total.get(id)!]])),
  );
}
const totalOf = (p: DebitAmounts): bigint => p.amountPaise + p.feePaise + p.taxPaise + p.chargePaise;
const nonZero = (all: Record<string, bigint>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(all).filter(([, v]) => v !== 0n));

test('P1 every recipe can be written down: 1 to 20 transfers, each of more than nothing between two accounts', () => {
  fc.assert(
    fc.property(amounts, fc.constantFrom(...EFFECTS), (p, effect) => {
      for (const transfers of [holdTransfers(A, p), releaseTransfers(A, p), effectTransfers(effect, A, p)]) {
        expect(() => checkJournal({ id: '', transactionId: null, transfers })).not.toThrow();
        expect(transfers.length).toBeLessThanOrEqual(MAX_TRANSFERS_PER_JOURNAL);
        expect(new Set(transfers.map((t) => t.code)).size).toBe(transfers.length);
      }
    }),
  );
});

test('hold moves the total to clearing; hold and failure, or hold and release, net to zero', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      const total = totalOf(p);
      expect(net(holdTransfers(A, p))).toEqual({ wallet: -total, clearing: total });
      expect(net(holdTransfers(A, p), effectTransfers('failure', A, p))).toEqual({});
      expect(net(holdTransfers(A, p), releaseTransfers(A, p))).toEqual({});
    }),
  );
});

test('hold and success: clearing is empty, the float paid principal and provider charges, we earned the fee and owe the tax', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      expect(net(holdTransfers(A, p), effectTransfers('success', A, p))).toEqual(
        nonZero({
          wallet: -totalOf(p),
          float: p.amountPaise + p.chargePaise + p.providerFeePaise + p.providerTaxPaise,
          feeIncome: p.feePaise,
          gstPayable: p.taxPaise,
          providerFee: -p.providerFeePaise,
          gstInput: -p.providerTaxPaise,
        }),
      );
    }),
  );
});

test('success, then reversal, leaves every account where it was before the hold', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      expect(
        net(holdTransfers(A, p), effectTransfers('success', A, p), effectTransfers('reversal', A, p)),
      ).toEqual({});
    }),
  );
});

test('failure, then a late success: the wallet keeps its money, suspense carries the principal, clearing is untouched', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      expect(
        net(holdTransfers(A, p), effectTransfers('failure', A, p), effectTransfers('late_success', A, p)),
      ).toEqual(
        nonZero({
          suspense: -p.amountPaise - p.chargePaise,
          float: p.amountPaise + p.chargePaise + p.providerFeePaise + p.providerTaxPaise,
          providerFee: -p.providerFeePaise,
          gstInput: -p.providerTaxPaise,
        }),
      );
    }),
  );
});

test('a refund, however it comes about, leaves the wallet, clearing, what is payable and what is owed to us where they were', () => {
  // Where money came back the provider keeps no fee of its own, except of a success that it undoes only in
  // part: then its fee stays an expense.
  const ways: Effect[][] = [
    ['refund_due', 'refund'],
    ['refund_at_once'],
    ['success', 'refund_after_success'],
    ['success', 'refund_due_after_success', 'refund'],
    ['refund_due', 'refund_withdrawn', 'refund_after_success'],
  ];
  fc.assert(
    fc.property(amounts, fc.constantFrom(...ways), (p, way) => {
      const free = { ...p, providerFeePaise: 0n, providerTaxPaise: 0n };
      expect(net(holdTransfers(A, free), ...way.map((effect) => effectTransfers(effect, A, free)))).toEqual(
        {},
      );
    }),
  );
});

test('a refund that is withdrawn comes to the same as a success', () => {
  fc.assert(
    fc.property(amounts, fc.boolean(), (p, wasSuccess) => {
      const free = { ...p, providerFeePaise: 0n, providerTaxPaise: 0n };
      const way: Effect[] = wasSuccess
        ? ['success', 'refund_due_after_success', 'refund_withdrawn']
        : ['refund_due', 'refund_withdrawn'];
      expect(net(holdTransfers(A, free), ...way.map((effect) => effectTransfers(effect, A, free)))).toEqual(
        net(holdTransfers(A, free), effectTransfers('success', A, free)),
      );
    }),
  );
});

test('a review of held money ends as a success or a release does', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      expect(effectTransfers('review_success', A, p)).toEqual(effectTransfers('success', A, p));
      for (const effect of ['review_failure', 'review_reversal', 'review_refund'] as const)
        expect(net(holdTransfers(A, p), effectTransfers(effect, A, p))).toEqual({});
    }),
  );
});

test('a review after a late success empties suspense: confirmed it is a success, borne our loss, reversed as if nothing had been', () => {
  fc.assert(
    fc.property(amounts, (p) => {
      const late = [
        holdTransfers(A, p),
        effectTransfers('failure', A, p),
        effectTransfers('late_success', A, p),
      ];
      expect(net(...late, effectTransfers('late_success_confirmed', A, p))).toEqual(
        net(holdTransfers(A, p), effectTransfers('success', A, p)),
      );
      for (const effect of ['late_success_reversed', 'late_success_refunded'] as const)
        expect(net(...late, effectTransfers(effect, A, p))).toEqual({});
      const lost = p.amountPaise + p.chargePaise;
      expect(net(...late, effectTransfers('late_success_borne', A, p))).toEqual(
        nonZero({
          loss: -lost,
          float: lost + p.providerFeePaise + p.providerTaxPaise,
          providerFee: -p.providerFeePaise,
          gstInput: -p.providerTaxPaise,
        }),
      );
    }),
  );
});
