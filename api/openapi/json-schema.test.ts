/** What the document says of a value is what the API does with it: Joi and ajv give the same verdict. */
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import Joi from 'joi';
import { fitting, mutated } from '../../test/support/from-schema';
import * as aepsAnswers from '../answers/aeps';
import * as bbpsAnswers from '../answers/bbps';
import * as commonAnswers from '../answers/common';
import * as dmtAnswers from '../answers/dmt';
import * as rechargeAnswers from '../answers/recharge';
import * as transactionAnswers from '../answers/transactions';
import * as walletAnswers from '../answers/wallets';
import * as aeps from '../schemas/aeps';
import * as bbps from '../schemas/bbps';
import * as dmt from '../schemas/dmt';
import * as lists from '../schemas/lists';
import * as payouts from '../schemas/payouts';
import * as recharge from '../schemas/recharge';
import * as refunds from '../schemas/refunds';
import { jsonSchemaOf, type Components, type JsonSchema } from './json-schema';

const MODULES: Record<string, object> = {
  aeps,
  bbps,
  dmt,
  lists,
  payouts,
  recharge,
  refunds,
  aepsAnswers,
  bbpsAnswers,
  commonAnswers,
  dmtAnswers,
  rechargeAnswers,
  transactionAnswers,
  walletAnswers,
};
const SCHEMAS = Object.entries(MODULES).flatMap(([from, exported]) =>
  Object.entries(exported).flatMap(([name, value]): [string, Joi.Schema][] =>
    Joi.isSchema(value) ? [[`${from}.${name}`, value]] : [],
  ),
);

/** The schema alone, its components beside it. */
function standing(schema: Joi.Schema): { compiled: JsonSchema; resolve: (ref: string) => JsonSchema } {
  const components: Components = new Map();
  const own = jsonSchemaOf(schema, components);
  const resolve = (ref: string): JsonSchema => components.get(ref.split('/').at(-1)!)!;
  return { compiled: { ...own, components: { schemas: Object.fromEntries(components) } }, resolve };
}

/** One for all schemas: it reads the schema of schemas first, which takes it as long as most of ours. */
const ajv = new Ajv2020({ strict: true, strictRequired: false, discriminator: true });
addFormats(ajv);
ajv.addKeyword('components');

function validatorOf(schema: JsonSchema): (value: unknown) => boolean {
  return ajv.compile(withoutMapping(schema) as JsonSchema);
}
/** ajv refuses the mapping of a discriminator; readers of the document need it. */
function withoutMapping(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutMapping);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name]) => name !== 'mapping')
      .map(([name, inner]) => [name, withoutMapping(inner)]),
  );
}

it('knows every schema of the API', () => {
  expect(SCHEMAS.length).toBeGreaterThan(60);
});

/** Whether it is refused, and no words about it, which take longer than the rest. */
const VERDICT_ONLY: Joi.ValidationOptions = { convert: false, errors: { render: false, stack: false } };
const SEED = Number(process.env.OPENAPI_SEED ?? Date.now() % 1_000_000);

describe.each(SCHEMAS)('%s', (name, schema) => {
  const { compiled, resolve } = standing(schema);
  const fits = validatorOf(compiled);
  const runs = { seed: SEED, numRuns: 150 };

  it('takes what fits', () => {
    const judged = fc.sample(fitting(compiled, resolve), { ...runs, numRuns: 30 }).map((value) => ({
      value,
      error: schema.validate(value, { convert: false }).error?.message,
      fits: fits(value),
    }));
    expect(judged.filter(({ error, fits: isFit }) => error !== undefined || !isFit)).toEqual([]);
  });

  it('is judged alike by both when one thing is wrong', () => {
    const values = fc.sample(fitting(compiled, resolve), { ...runs, numRuns: 6 });
    const texts = values.flatMap((value) => fc.sample(mutated(value), runs).map(({ text }) => text));
    const refused = new Set<string>();
    for (const text of new Set(texts)) {
      const read = parsed(text);
      if (read === undefined || text.includes('"__proto__"')) continue; // the body is refused before
      const isFit = fits(read.value);
      if (!isFit) refused.add(text);
      if (isFit === (schema.validate(read.value, VERDICT_ONLY).error === undefined)) continue;
      const { error } = schema.validate(read.value, { convert: false, abortEarly: false });
      // a rule in code asks for more than a schema can say
      const onlyByCode = error?.details.every(({ type }) => type === 'any.invalid') === true;
      if (!(isFit && onlyByCode))
        throw new Error(
          `${name}, seed ${SEED}: Joi says ${error?.message ?? 'yes'}, ajv ${isFit}: ${text.slice(0, 2_000)}`,
        );
    }
    expect(texts.filter((text) => refused.has(text)).length).toBeGreaterThan(20);
  });
});

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

describe('what JSON Schema cannot say is refused when the document is made', () => {
  it.each<[string, Joi.Schema, RegExp]>([
    ['a flag i', Joi.string().pattern(/^a$/i), /flag i/],
    ['a pattern turned round', Joi.string().pattern(/^a$/, { invert: true }), /turned round/],
    ['a pattern that is none under the flag u', Joi.string().pattern(new RegExp(String.raw`^\_$`)), /flag u/],
    ['a rule in code without words', Joi.string().custom((v: string) => v), /rule in code/],
    ['the length of any text', Joi.string().max(5), /length/],
    [
      'presence by preference',
      Joi.object({ a: Joi.string() }).prefs({ presence: 'required' }),
      /preferences/,
    ],
    ['a forbidden field', Joi.object({ a: Joi.forbidden() }), /forbidden|type any/],
    [
      'a field by another',
      Joi.object({ a: Joi.string().when('b', { is: 1, then: Joi.required() }) }),
      /whens/,
    ],
    ['unknown fields', Joi.object({ a: Joi.boolean() }).unknown(), /unknown/],
    ['any object', Joi.object(), /any fields/],
    ['a number that is not whole', Joi.number(), /whole/],
    ['values that are refused', Joi.string().invalid('a'), /invalid/],
    ['a pair that must not meet', Joi.object({ a: Joi.boolean(), b: Joi.boolean() }).nand('a', 'b'), /nand/],
    ['a list that must hold one', Joi.array().items(Joi.boolean().required()), /must hold/],
    ['a date', Joi.date(), /type date/],
    ['another spelling', Joi.string().valid('a').insensitive(), /insensitive/],
    ['a trimmed text', Joi.string().trim(), /rule trim/],
  ])('%s', (_what, schema, message) => {
    expect(() => jsonSchemaOf(Joi.object({ field: schema }))).toThrow(message);
  });

  it('says where', () => {
    expect(() => jsonSchemaOf(Joi.object({ a: Joi.array().items(Joi.object({ b: Joi.date() })) }))).toThrow(
      /^#\/a\/\*\/b: /,
    );
  });
});

describe('what Joi loses is put back', () => {
  it.each<[string, Joi.Schema, JsonSchema]>([
    ['null among values', Joi.string().valid('a', null), { type: ['string', 'null'], enum: ['a', null] }],
    [
      'a value beside a rule',
      Joi.string().pattern(/^a$/).allow(''),
      { anyOf: [{ type: 'string', pattern: '^a$' }, { enum: [''] }] },
    ],
    [
      'two patterns',
      Joi.string().pattern(/a/).pattern(/b/),
      { type: 'string', minLength: 1, pattern: 'a', allOf: [{ pattern: 'b' }] },
    ],
    [
      'one of two',
      Joi.object({ a: Joi.boolean(), b: Joi.boolean() }).xor('a', 'b'),
      expect.objectContaining({ oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
    ],
    [
      'both or none',
      Joi.object({ a: Joi.boolean(), b: Joi.boolean() }).and('a', 'b'),
      expect.objectContaining({ dependentRequired: { a: ['b'], b: ['a'] } }),
    ],
    [
      'one with the other',
      Joi.object({ a: Joi.boolean(), b: Joi.boolean() }).with('a', 'b'),
      expect.objectContaining({ dependentRequired: { a: ['b'] } }),
    ],
  ])('%s', (_what, schema, expected) => {
    expect(jsonSchemaOf(schema)).toEqual(expected);
  });

  it('puts a schema with a name among the components, once', () => {
    const named = Joi.object({ a: Joi.boolean() }).meta({ component: 'Named' });
    const components: Components = new Map();
    const schema = jsonSchemaOf(Joi.object({ x: named, y: named.allow(null) }), components);
    expect(schema.properties).toEqual({
      x: { $ref: '#/components/schemas/Named' },
      y: { anyOf: [{ $ref: '#/components/schemas/Named' }, { type: 'null' }] },
    });
    expect([...components.keys()]).toEqual(['Named']);
    const other = Joi.object({ b: Joi.boolean() }).meta({ component: 'Named' });
    expect(() => jsonSchemaOf(other, components)).toThrow(/Named/);
  });
});
