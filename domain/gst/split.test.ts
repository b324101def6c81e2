/** GST by place of supply: equal halves in one state, rounded once; notes come to the invoice that they cancel. */
import * as fc from 'fast-check';
import { splitGst, splitOfNote, type GstSplit } from './split';

const UNION_TERRITORIES = ['04', '38'];
const statesOf = (seller: string, place: string) => ({
  ...{ seller, place, isUnionTerritory: UNION_TERRITORIES.includes(place) },
});
const NONE: GstSplit = { cgstPaise: 0n, sgstPaise: 0n, utgstPaise: 0n, igstPaise: 0n };

test.each([
  ['29', '29', 180n, { cgstPaise: 90n, sgstPaise: 90n }],
  ['29', '27', 180n, { igstPaise: 180n }],
  ['29', '29', 91n, { cgstPaise: 46n, sgstPaise: 46n }],
  ['29', '27', 91n, { igstPaise: 91n }],
  ['04', '04', 91n, { cgstPaise: 46n, utgstPaise: 46n }],
  ['38', '38', 2n, { cgstPaise: 1n, utgstPaise: 1n }],
  ['07', '07', 2n, { cgstPaise: 1n, sgstPaise: 1n }],
  ['29', '04', 2n, { igstPaise: 2n }],
] as const)('of %s in %s: %s', (seller, place, tax, parts) => {
  expect(splitGst(tax, statesOf(seller, place))).toEqual({ ...NONE, ...parts });
});

const sum = (a: GstSplit, b: GstSplit): GstSplit => ({
  cgstPaise: a.cgstPaise + b.cgstPaise,
  sgstPaise: a.sgstPaise + b.sgstPaise,
  utgstPaise: a.utgstPaise + b.utgstPaise,
  igstPaise: a.igstPaise + b.igstPaise,
});

test('the notes of a whole invoice come to its split, whatever the parts; halves are equal in each', () => {
  const state = fc.constantFrom('29', '27', '04');
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1 }),
      state,
      state,
      (parts, seller, place) => {
        let notes = NONE;
        let taken = 0n;
        for (const part of parts) {
          const note = splitOfNote(part, taken, statesOf(seller, place));
          expect(note.cgstPaise).toBe(note.sgstPaise + note.utgstPaise);
          const rounding = part - note.cgstPaise * 2n - note.igstPaise;
          expect(rounding >= -1n && rounding <= 1n).toBe(true);
          notes = sum(notes, note);
          taken += part;
        }
        expect(notes).toEqual(splitGst(taken, statesOf(seller, place)));
      },
    ),
  );
});
