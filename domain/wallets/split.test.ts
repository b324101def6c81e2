import * as fc from 'fast-check';
import { splitOf } from './split';

const PRICE = { amountPaise: 150_000n, feePaise: 500n, taxPaise: 90n, chargePaise: 1_000n };
const NONE = { amountPaise: 0n, feePaise: 0n, taxPaise: 0n, chargePaise: 0n };

it.each<[string, bigint, object | null]>([
  ['hold', 151_590n, PRICE],
  ['release', 151_590n, PRICE],
  ['refund', 151_590n, PRICE],
  ['principal_reversed', 150_000n, { ...NONE, amountPaise: 150_000n }],
  ['fee_reversed', 500n, { ...NONE, feePaise: 500n }],
  ['gst_reversed', 90n, { ...NONE, taxPaise: 90n }],
  ['charge_reversed', 1_000n, { ...NONE, chargePaise: 1_000n }],
  ['aeps_credit', 149_410n, { amountPaise: 150_000n, feePaise: -500n, taxPaise: -90n, chargePaise: 0n }],
  ['correction', 7n, null],
])('a line %s of %s paise', (code, amountPaise, split) => {
  expect(splitOf({ code, amountPaise }, PRICE)).toEqual(split);
});

it('what is given adds up to the line', () => {
  const paise = fc.bigInt({ min: 0n, max: 1_000_000n });
  const property = fc.property(
    fc.constantFrom('hold', 'principal_reversed', 'aeps_credit', 'other'),
    paise,
    fc.tuple(paise, paise, paise, paise),
    (code, amountPaise, [a, f, t, c]) => {
      const split = splitOf(
        { code, amountPaise },
        { amountPaise: a, feePaise: f, taxPaise: t, chargePaise: c },
      );
      const parts = Object.values(split ?? {}) as bigint[];
      return split === null || parts.reduce((sum, part) => sum + part, 0n) === amountPaise;
    },
  );
  expect(() => fc.assert(property)).not.toThrow();
});
