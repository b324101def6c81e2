import * as fc from 'fast-check';
import { createLikeness, type ListedName } from './likeness';

/** Below this every name is compared, one by one. */
const COMPARES_ALL = 60;
const LEAST = 80;

const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split(''));
const word = fc.string({ unit: letter, minLength: 1, maxLength: 10 });
const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
const listedName = fc.record({
  text: name,
  quality: fc.constantFrom<ListedName['quality'][]>('name', 'good', 'low'),
});
const change = fc.record({ at: fc.nat({ max: 40 }), to: fc.constantFrom('', ' ', 'x', 'q', 'ab') });

test('looking at those alone that share a word finds what comparing with all finds', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(listedName, { minLength: 1, maxLength: 20 }),
      fc.array(change, { maxLength: 4 }),
      (list, changes) => {
        // Somebody who is on the list, spelt another way.
        let asked = list[0]!.text;
        for (const { at, to } of changes) asked = asked.slice(0, at) + to + asked.slice(at + 1);
        const facts = { kind: 'individual', regime: 'test', births: [] } as const;
        const find = createLikeness(list.map((one, i) => ({ ...one, ...facts, reference: `ZZi.${i}` })));
        const scored = (least: number): string[] =>
          find({ name: asked }, least)
            .filter(({ score }) => score >= LEAST)
            .map(({ reference, text, score }) => `${reference} ${text} ${score}`)
            .toSorted();
        expect(scored(LEAST)).toEqual(scored(COMPARES_ALL));
        found += scored(LEAST).length;
      },
    ),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(100);
});
