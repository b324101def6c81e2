import { inexactNumbers } from './json-text';

test.each<[string, (string | number)[][]]>([
  ['{"amount":1500.00}', [['amount']]],
  ['{"amount":1e5}', [['amount']]],
  ['{"amount":1E+5,"other":-1.0}', [['amount'], ['other']]],
  ['{"amount":150000.00000000000001}', [['amount']]],
  [
    '{"a":{"b":[1,2.5,{"c":3e0}]},"d":4}',
    [
      ['a', 'b', 1],
      ['a', 'b', 2, 'c'],
    ],
  ],
  ['[0.0]', [[0]]],
  ['1.0', [[]]],
  ['{"a":"1500.00","b":"\\"1.5","c\\"1.5":[true,null,"x,1.5"],"d":-12,"e":0}', []],
  ['{"\\u0061":1.5}', [['a']]],
  ['{ "a" : [ [ ] , { } , 1 , 1.5 ] }', [['a', 3]]],
])('%s', (text, places) => {
  JSON.parse(text);
  expect(inexactNumbers(text)).toEqual(places);
});

test('a text that is nested deeper than the stack', () => {
  const depth = 20_000;
  expect(inexactNumbers(`${'['.repeat(depth)}1.5${']'.repeat(depth)}`)).toHaveLength(1);
});
