import { oldestFirst } from './statement';

describe('order of a statement', () => {
  const line = (n: number, atS: number, balance: bigint) => ({
    id: `txn_${n}`,
    creditPaise: 10n,
    debitPaise: 0n,
    balancePaise: balance,
    sourceKind: 'payout',
    sourceId: 'p',
    at: new Date(atS * 1_000),
  });
  const chain = [line(1, 1, 10n), line(2, 1, 20n), line(3, 2, 30n), line(4, 2, 40n), line(5, 3, 50n)];

  it('is oldest first whichever way round the list came', () => {
    for (const given of [chain, chain.toReversed()])
      expect(oldestFirst(given).map((l) => l.id)).toEqual(chain.map((l) => l.id));
  });

  it('within one second the balances tell', () => {
    const second = [line(1, 1, 10n), line(2, 1, 20n), line(3, 1, 30n)];
    for (const given of [second, second.toReversed()])
      expect(oldestFirst(given).map((l) => l.id)).toEqual(['txn_1', 'txn_2', 'txn_3']);
    expect(oldestFirst([])).toEqual([]);
  });
});
