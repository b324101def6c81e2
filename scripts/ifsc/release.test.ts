import { IFSC_LIST, findIfsc } from '../../domain/banks/list';
import { ifscsOf, nextList, summary, type Release } from './release';

const release = (over: Partial<Release>): Release => ({
  release: '1.0.0',
  releasedOn: '2026-01-01',
  files: { 'IFSC.json': 'a', 'banknames.json': 'b' },
  branches: { ZETA: [1, '0000SC'], ALFA: [9_502] },
  names: { ALFA: ' Alfa Bank', SUBM: 'A bank without codes' },
  ...over,
});
const FIRST = nextList(undefined, release({}));

test('a release becomes a list: banks in order, codes as text, names where there is one, and where it is from', () => {
  expect(FIRST).toEqual({
    source: expect.stringContaining('razorpay/ifsc') as string,
    licence: expect.stringContaining('MIT') as string,
    release: '1.0.0',
    releasedOn: '2026-01-01',
    files: { 'IFSC.json': 'a', 'banknames.json': 'b' },
    listed: 3,
    ended: 0,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    banks: {
      ALFA: { name: 'Alfa Bank', codes: ['009502'], ended: [] },
      ZETA: { codes: ['000001 SC'], ended: [] },
    },
  });
  expect(Object.keys(FIRST.banks)).toEqual(['ALFA', 'ZETA']);
});

test('what the next release has no more has ended with its day, also a whole bank; what comes back has not', () => {
  const second = nextList(
    FIRST,
    release({ release: '1.0.1', releasedOn: '2026-02-01', branches: { ZETA: [2] }, names: {} }),
    true,
  );
  expect(second).toMatchObject({ release: '1.0.1', listed: 1, ended: 3 });
  expect(second.banks).toEqual({
    ALFA: { name: 'Alfa Bank', codes: [], ended: [{ on: '2026-02-01', codes: ['009502'] }] },
    ZETA: { codes: ['000002'], ended: [{ on: '2026-02-01', codes: ['000001 SC'] }] },
  });
  const third = nextList(
    second,
    release({ release: '1.0.10', releasedOn: '2026-03-01', branches: { ALFA: [9_502], ZETA: ['0000SC'] } }),
    true,
  );
  expect(third.banks).toEqual({
    ALFA: { name: 'Alfa Bank', codes: ['009502'], ended: [] },
    ZETA: {
      codes: ['0000SC'],
      ended: [
        { on: '2026-02-01', codes: ['000001'] },
        { on: '2026-03-01', codes: ['000002'] },
      ],
    },
  });
});

test.each([
  ['1.0.0', '2026-02-01'],
  ['0.9.9', '2026-02-01'],
  ['1.0.1', '2025-12-31'],
])('release %s of %s is not newer', (number, releasedOn) => {
  expect(() => nextList(FIRST, release({ release: number, releasedOn }))).toThrow('is not newer than 1.0.0');
});

test('a file that lost many codes is not believed', () => {
  const cut = release({ release: '1.0.1', branches: { ALFA: [9_502] } });
  expect(() => nextList(FIRST, cut)).toThrow('2 of 3 codes are gone: is the file whole?');
  expect(nextList(FIRST, cut, true)).toMatchObject({ listed: 1, ended: 2 });
});

test.each([
  [{ alfa: [1] }],
  [{ ALFA: [] }],
  [{ ALFA: 1 }],
  [{ ALFA: [1_000_000] }],
  [{ ALFA: ['x'] }],
  [{ ALFA: [-1] }],
  [[]],
  [null],
])('a release in another form is refused: %j', (branches) => {
  expect(() => nextList(undefined, release({ branches }))).toThrow(Error);
});

test('our list is as the script made it, of a release that is named with its files', () => {
  expect(IFSC_LIST).toMatchObject({
    release: '2.0.59',
    releasedOn: '2026-05-27',
    listed: 182_295,
    licence: expect.stringContaining('MIT') as string,
  });
  expect(Object.keys(IFSC_LIST.files)).toEqual(['IFSC.json', 'banknames.json']);
  expect(summary(IFSC_LIST.banks)).toEqual({
    listed: IFSC_LIST.listed,
    ended: IFSC_LIST.ended,
    sha256: IFSC_LIST.sha256,
  });
  expect(Object.values(IFSC_LIST.banks).filter(({ codes }) => codes.length > 0)).toHaveLength(260);
});

/** Counted in the source's own repository, tag against tag: 564 codes of 2.0.50 are not in 2.0.59. */
test('what has ended since release 2.0.50 is what the source has lost since', () => {
  const since = Object.entries(IFSC_LIST.banks).flatMap(([bank, { ended }]) =>
    ended.filter(({ on }) => on > '2025-11-14').flatMap(({ codes }) => ifscsOf(bank, codes)),
  );
  expect(since).toHaveLength(564);
  for (const code of since) expect(findIfsc(code)).toMatchObject({ ended: true });
});
