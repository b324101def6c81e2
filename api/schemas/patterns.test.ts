/** No pattern of a schema takes long, whatever it is given: a body holds 64 kB at most. */
import fs from 'node:fs';
import path from 'node:path';
import Joi from 'joi';

const LONGEST_MS = 50;
const LENGTH = 65_536;

/** Every regular expression in what Joi tells of a schema. */
function patternsIn(described: unknown, found = new Map<string, RegExp>()): Map<string, RegExp> {
  if (described instanceof RegExp) found.set(String(described), described);
  else if (Array.isArray(described)) for (const one of described) patternsIn(one, found);
  else if (typeof described === 'object' && described !== null)
    for (const one of Object.values(described)) patternsIn(one, found);
  else if (typeof described === 'string') {
    const written = /^\/(.+)\/([a-z]*)$/s.exec(described);
    if (written !== null) found.set(described, new RegExp(written[1]!, written[2]));
  }
  return found;
}

function schemasOf(exported: unknown): Joi.Schema[] {
  if (Joi.isSchema(exported)) return [exported];
  if (typeof exported !== 'object' || exported === null) return [];
  return Object.values(exported).flatMap((one) => (Joi.isSchema(one) ? [one] : []));
}

const files = fs.readdirSync(__dirname).filter((file) => /^[a-z-]+\.ts$/.test(file));
const patterns = new Map<string, RegExp>();
for (const file of files) {
  const exported = require(path.join(__dirname, file)) as Record<string, unknown>;
  for (const schema of Object.values(exported).flatMap(schemasOf)) patternsIn(schema.describe(), patterns);
}

/** One character or a pair of them many times, and then one that fits nothing. */
const PIECES = [
  'a',
  'A',
  '0',
  '9',
  ' ',
  '.',
  '-',
  '_',
  '@',
  'a ',
  'a.',
  'a-',
  '0.',
  'aA0',
  'a@',
  '.-',
  "'",
  '/',
  '+',
  '\u00e9',
];
const texts = PIECES.flatMap((piece) => {
  const long = piece.repeat(Math.ceil(LENGTH / piece.length));
  return [long, `${long}\n`, `${long}\u0000`, `a${long}!`];
});

test('schemas have patterns', () => {
  expect(patterns.size).toBeGreaterThan(15);
});

test.each([...patterns])('%s', (_name, pattern) => {
  const slow = texts.filter((text) => {
    const times = [0, 1].map(() => {
      const begun = performance.now();
      new RegExp(pattern.source, pattern.flags).test(text);
      return performance.now() - begun;
    });
    return Math.min(...times) > LONGEST_MS; // once is the machine's doing
  });
  expect(
    slow.map((text) => `${JSON.stringify(text.slice(0, 4))} … ${JSON.stringify(text.slice(-2))}`),
  ).toEqual([]);
});
