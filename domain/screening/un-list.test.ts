/** The fixture is made up: it has the form of the UN's file and nobody who is on it. */
import fs from 'node:fs';
import path from 'node:path';
import { createLikeness, type ListedName } from './likeness';
import { readUnList, type UnList } from './un-list';

const XML = fs.readFileSync(path.join(__dirname, '..', '..', 'test', 'fixtures', 'un-list.xml'), 'utf8');
const read = (xml: string): UnList => readUnList(Buffer.from(xml));
const individual = (inside: string): string =>
  `<CONSOLIDATED_LIST dateGenerated="2026-11-27T23:00:04.000Z"><INDIVIDUALS><INDIVIDUAL>
   <REFERENCE_NUMBER>ZZi.1 </REFERENCE_NUMBER>${inside}</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>`;
const namesOf = (xml: string): string[] => read(xml).entries[0]!.names.map(({ text }) => text);

it('reads persons and entities, and counts what it leaves out', () => {
  const list = read(XML);
  expect(list).toMatchObject({ individuals: 1, entities: 1, emptyAliases: 1 });
  expect(list.generatedAt.toISOString()).toBe('2026-11-27T23:00:04.000Z');
  expect(list.entries).toEqual([
    {
      reference: 'ZZi.901',
      kind: 'individual',
      regime: 'Al-Qaida',
      names: [
        { text: 'TESTEL NAMESON AL-MADEUP', quality: 'name' },
        { text: 'تستل نيمسن', quality: 'good' },
        { text: 'Testal Namesen', quality: 'good' },
        { text: 'T. Nameson', quality: 'good' },
        { text: 'Abu Test', quality: 'low' },
      ],
      births: [
        { from: 1971, to: 1971 },
        { from: 1970, to: 1972 },
      ],
    },
    {
      reference: 'ZZe.902',
      kind: 'entity',
      regime: 'DPRK',
      names: [
        { text: 'SAMPLE TRADING HOUSE (STH)', quality: 'name' },
        { text: 'Sample House', quality: 'good' },
      ],
      births: [],
    },
  ]);
});

it('names are trimmed, and parted at ; outside of brackets', () => {
  const alias =
    '<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME> A (b; c)\n d ;E</ALIAS_NAME></INDIVIDUAL_ALIAS>';
  expect(namesOf(individual(`<FIRST_NAME>\n FIRST\n</FIRST_NAME>${alias}`))).toEqual([
    'FIRST',
    'A (b; c) d',
    'E',
  ]);
  expect(namesOf(individual('<FIRST_NAME><![CDATA[A & B]]></FIRST_NAME>'))).toEqual(['A & B']);
  expect(namesOf(individual('<FIRST_NAME>A &amp; B &#233;</FIRST_NAME>'))).toEqual(['A & B é']);
});

it.each([
  ['APPROXIMATELY', '<YEAR>1970</YEAR>', { from: 1968, to: 1972 }],
  ['EXACT', '<YEAR>1970</YEAR>', { from: 1970, to: 1970 }],
  ['EXACT', '<DATE>1971-04-05</DATE>', { from: 1971, to: 1971 }],
  ['BETWEEN', '<FROM_YEAR>1972</FROM_YEAR><TO_YEAR>1970</TO_YEAR>', { from: 1970, to: 1972 }],
])('a birth %s %s', (type, inside, years) => {
  const birth = `<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>${type}</TYPE_OF_DATE>${inside}</INDIVIDUAL_DATE_OF_BIRTH>`;
  expect(read(individual(`<FIRST_NAME>A</FIRST_NAME>${birth}`)).entries[0]!.births).toEqual([years]);
});

it.each([
  ['an empty file', ''],
  ['one that was cut', XML.slice(0, -200)],
  ['one that was cut between two entries', XML.slice(0, XML.indexOf('<ENTITIES>'))],
  ['another root', '<DATAEXPORT><CONSOLIDATED_LIST dateGenerated="2026-11-27T23:00:04.000Z"/></DATAEXPORT>'],
  ['no time', XML.replace(/dateGenerated="[^"]*"/, '')],
  ['an entry without a reference', XML.replace('ZZi.901', '')],
  ['an entry without a name', individual('<FIRST_NAME> </FIRST_NAME>')],
  ['one reference twice', XML.replace('ZZe.902', 'ZZi.901')],
  ['a document type', XML.replace('<CONSOLIDATED', '<!DOCTYPE x [<!ENTITY a "aaaa">]><CONSOLIDATED')],
  ['an entity of its own', individual('<FIRST_NAME>&a;</FIRST_NAME>')],
  ['deep nesting', individual('<A>'.repeat(500) + '</A>'.repeat(500))],
])('%s is refused', (_, xml) => {
  expect(() => read(xml)).toThrow(expect.objectContaining({ code: 'SCREENING_LIST_REFUSED' }) as Error);
});

describe('likeness', () => {
  const names = read(XML).entries.flatMap(({ names: all, ...entry }) =>
    all.map((name): ListedName => ({ ...entry, ...name })),
  );
  const find = createLikeness(names);
  const scores = (name: string, born?: number): string[] =>
    find({ name, born }, 75).map(({ reference, text, score }) => `${reference} ${text} ${score}`);

  it.each([
    ['Testel Nameson Al-Madeup', 'ZZi.901 TESTEL NAMESON AL-MADEUP 100'],
    ['Al Madeup Testel Nameson', 'ZZi.901 TESTEL NAMESON AL-MADEUP 100'],
    ['Mr Testel Madeup', 'ZZi.901 TESTEL NAMESON AL-MADEUP 90'],
    ['Testel Nameson', 'ZZi.901 T. Nameson 96'],
    ['TESTAL NAMESEN', 'ZZi.901 Testal Namesen 100'],
    ['Testall Namesenn', 'ZZi.901 Testal Namesen 86'],
    ['تستل نيمسن', 'ZZi.901 تستل نيمسن 100'],
    ['M/s Sample House', 'ZZe.902 Sample House 100'],
    ['Abu Test', 'ZZi.901 Abu Test 80'],
  ])('%s: %s', (name, found) => {
    expect(scores(name)).toEqual([found]);
  });
  it.each(['Ravi Kumar', 'Madeup', 'Test', 'Sharma Trading House', '', '...'])(
    '%j is like nobody',
    (name) => {
      expect(scores(name)).toEqual([]);
    },
  );
  it('whoever was born in another year is less alike, and not unlike', () => {
    expect(scores('Testel Nameson Al-Madeup', 1971)).toEqual(['ZZi.901 TESTEL NAMESON AL-MADEUP 100']);
    expect(scores('Testel Nameson Al-Madeup', 1990)).toEqual(['ZZi.901 TESTEL NAMESON AL-MADEUP 75']);
    expect(scores('Testel Madeup', 1990)).toEqual([]);
  });
});
