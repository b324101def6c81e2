import { biller } from '../../test/support/scripted-bbps';
import { keepBiller, readBiller, type KeptBiller } from './biller-json';

const FULL = biller({
  minPaise: 100n,
  modeLimits: [{ mode: 'Cash', minPaise: null, maxPaise: 4_999_900n }],
  convenienceFees: [{ flatPaise: 200n, percentBps: 50, fromPaise: 0n, toPaise: null }],
});
const stored = (kept: KeptBiller): KeptBiller => JSON.parse(JSON.stringify(kept)) as KeptBiller;

test('a biller is read as it was kept', () => {
  expect(readBiller(stored(keepBiller(FULL)))).toEqual(FULL);
});

test('one that was kept before modes had limits and fees had slabs is read without them', () => {
  const { modeLimits: _modes, convenienceFees: _fees, ...before } = keepBiller(FULL);
  expect(readBiller(stored(before))).toEqual({ ...FULL, modeLimits: [], convenienceFees: [] });
  const fee = keepBiller(FULL).convenienceFees![0]!;
  expect(readBiller(stored({ ...before, convenienceFee: fee })).convenienceFees).toEqual(
    FULL.convenienceFees,
  );
});
