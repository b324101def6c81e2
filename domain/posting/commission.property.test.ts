import * as fc from 'fast-check';
import { accountId } from '../ids/ids';
import { checkJournal, type Transfer } from '../ledger/journal';
import { EFFECTS } from '../lifecycle/decide';
import { EARNED_AFTER, earningTransfers, NO_EARNINGS, type Earnings } from './commission';

const A = {
  provider: accountId(1n),
  commissionIncome: accountId(2n),
  tdsReceivable: accountId(3n),
  suspense: accountId(4n),
};
const ANOTHER = {
  debitAccountId: A.provider,
  creditAccountId: A.suspense,
  amountPaise: 1n,
  code: 'principal',
};
const FLOWS = ['debit', 'credit'] as const;
const earnings: fc.Arbitrary<Earnings> = fc
  .record({
    commissionPaise: fc.bigInt({ min: 0n, max: 10n ** 7n }),
    tdsShare: fc.bigInt({ min: 0n, max: 100n }),
    chargeDifferencePaise: fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }),
  })
  .map(({ commissionPaise, tdsShare, chargeDifferencePaise }) => ({
    commissionPaise,
    tdsPaise: (commissionPaise * tdsShare) / 100n,
    chargeDifferencePaise,
  }));

/** What each account gained. */
function net(...journals: Transfer[][]): Record<keyof typeof A, bigint> {
  const total = { provider: 0n, commissionIncome: 0n, tdsReceivable: 0n, suspense: 0n };
  const nameOf = (id: bigint) => (Object.keys(A) as (keyof typeof A)[]).find((name) => A[name] === id)!;
  for (const t of journals.flat()) {
    total[nameOf(t.debitAccountId)] -= t.amountPaise;
    total[nameOf(t.creditAccountId)] += t.amountPaise;
  }
  return total;
}

test('the parts sum to the whole: what the provider pays and what it withholds are the commission', () => {
  fc.assert(
    fc.property(earnings, fc.constantFrom(...FLOWS), (told, flow) => {
      const gained = net(earningTransfers('success', flow, A, { told, posted: NO_EARNINGS }));
      expect(gained).toEqual({
        commissionIncome: told.commissionPaise,
        tdsReceivable: -told.tdsPaise,
        provider: told.chargeDifferencePaise - (told.commissionPaise - told.tdsPaise),
        suspense: -told.chargeDifferencePaise,
      });
    }),
  );
});

test('nothing known, nothing posted: no transfer, whatever the effect', () => {
  for (const flow of FLOWS)
    for (const effect of EFFECTS)
      expect(earningTransfers(effect, flow, A, { told: NO_EARNINGS, posted: NO_EARNINGS })).toEqual([]);
});

test('any way of effects leaves what the last one means, posted once, with transfers that can be written', () => {
  const step = fc.record({ effect: fc.constantFrom(...EFFECTS), told: earnings });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.constantFrom(...FLOWS), (steps, flow) => {
      const journals: Transfer[][] = [];
      let posted = NO_EARNINGS;
      for (const { effect, told } of steps) {
        const transfers = earningTransfers(effect, flow, A, { told, posted });
        const one = [...transfers, ANOTHER]; // an effect posts more than this
        expect(() => checkJournal({ id: '', transactionId: null, transfers: one })).not.toThrow();
        expect(
          earningTransfers(effect, flow, A, {
            told,
            posted: EARNED_AFTER[flow].has(effect) ? told : NO_EARNINGS,
          }),
        ).toEqual([]);
        journals.push(transfers);
        posted = EARNED_AFTER[flow].has(effect) ? told : NO_EARNINGS;
      }
      expect(net(...journals)).toEqual({
        commissionIncome: posted.commissionPaise,
        tdsReceivable: -posted.tdsPaise,
        provider: posted.chargeDifferencePaise - (posted.commissionPaise - posted.tdsPaise),
        suspense: -posted.chargeDifferencePaise,
      });
    }),
  );
});

test('the commission stays where the provider has the money of what is to be refunded, and goes back with it', () => {
  const told = { commissionPaise: 1_135n, tdsPaise: 23n, chargeDifferencePaise: 0n };
  const codes = (
    effect: (typeof EFFECTS)[number],
    flow: (typeof FLOWS)[number],
    posted: Earnings,
  ): string[] => earningTransfers(effect, flow, A, { told, posted }).map((t) => `${t.code} ${t.amountPaise}`);
  expect(codes('refund_due', 'debit', NO_EARNINGS)).toEqual(['commission 1112', 'commission_tds 23']);
  expect(codes('refund_due_after_success', 'debit', told)).toEqual([]);
  expect(codes('refund', 'debit', told)).toEqual(['commission_reversed 1112', 'commission_tds_reversed 23']);
  expect(codes('refund_withdrawn', 'debit', told)).toEqual([]);
  expect(codes('refund_due', 'credit', NO_EARNINGS)).toEqual([]);
  expect(codes('refund_due_after_success', 'credit', told)).toEqual([
    'commission_reversed 1112',
    'commission_tds_reversed 23',
  ]);
  expect(codes('failure', 'debit', NO_EARNINGS)).toEqual([]);
});
