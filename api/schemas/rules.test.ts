/** What a refusal says of a field: the rule and the allowed values, and never the value that was sent. */
import type Joi from 'joi';
import { DomainError, type FieldProblem } from '../../domain/errors/errors';
import * as aeps from './aeps';
import * as bbps from './bbps';
import * as collections from './collections';
import * as dmt from './dmt';
import * as kyc from './kyc';
import * as lists from './lists';
import { payoutBody } from './payouts';
import * as recharge from './recharge';
import * as refunds from './refunds';
import { validate } from './validate';

type Schema = Joi.ObjectSchema<unknown>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && 'validate' in value;
const exported: Record<string, unknown> = {
  ...aeps,
  ...bbps,
  ...collections,
  ...dmt,
  ...kyc,
  ...lists,
  payoutBody,
  ...recharge,
  ...refunds,
};
const schemas = Object.entries(exported).flatMap(([name, value]): [string, Schema][] =>
  isSchema(value) ? [[name, value]] : [],
);

interface Described {
  type: string;
  keys?: Record<string, Described>;
  items?: Described[];
  rules?: { name: string; args?: { options?: { name?: string } } }[];
}
const all = (d: Described): Described[] => [
  d,
  ...Object.values(d.keys ?? {}).flatMap(all),
  ...(d.items ?? []).flatMap(all),
];

test('there are schemas to look at', () => {
  expect(schemas.length).toBeGreaterThan(20);
});

test.each(schemas)('every form in %s has words', (_name, schema) => {
  const patterns = all(schema.describe() as Described)
    .flatMap(({ rules }) => rules ?? [])
    .filter(({ name }) => name === 'pattern');
  for (const { args } of patterns) expect(args?.options?.name).toMatch(/^.{5,140}$/);
});

/** A value of the right JSON type that fits no rule, for each field of the schema. */
function wrong(d: Described): unknown {
  if (d.type === 'object') {
    const fields = Object.entries(d.keys ?? {}).map(([name, inside]) => [name, wrong(inside)]);
    return Object.fromEntries(fields) as unknown;
  }
  if (d.type === 'array') return (d.items ?? []).map(wrong);
  if (d.type === 'number') return -7_654_321;
  return 'secret~é';
}

function problemsOf(schema: Schema, value: unknown, where: '#' | '?'): FieldProblem[] {
  try {
    validate(schema, value, where);
    return [];
  } catch (error) {
    return (error as DomainError).errors ?? [];
  }
}

test.each(schemas)('%s: one problem a field, which says the rule and not the value', (name, schema) => {
  const problems = problemsOf(
    schema,
    wrong(schema.describe() as Described),
    name.endsWith('Query') ? '?' : '#',
  );
  expect(new Set(problems.map((p) => p.pointer)).size).toBe(problems.length);
  for (const { pointer, detail } of problems) {
    expect(`${pointer} ${detail}`).toMatch(/ (?:must be|must have|needs|takes only) \S+/);
    expect(detail).not.toMatch(/secret|7_?654/);
  }
});

test.each<[Schema, unknown, '#' | '?', string, string]>([
  [lists.transactionsQuery, { limit: '1000' }, '?', '?limit', 'must be a whole number from 1 to 100'],
  [
    lists.transactionsQuery,
    { status: 'success' },
    '?',
    '?status',
    'must be one of PENDING, SUCCESS, FAILED, REVERSED, REFUNDED',
  ],
  [payoutBody, { mode: 'imps' }, '#', '#/mode', 'must be one of IMPS, NEFT, RTGS, UPI'],
  [payoutBody, { currency: 'USD' }, '#', '#/currency', 'must be INR'],
  [payoutBody, { amount: 0 }, '#', '#/amount', 'must be at least 1'],
  [payoutBody, { amount: 2e12 }, '#', '#/amount', 'must be at most 1000000000000'],
  [payoutBody, { reference: 'r'.repeat(41) }, '#', '#/reference', 'must have at most 40 characters'],
  [
    payoutBody,
    { beneficiary: { name: 'Test Name' } },
    '#',
    '#/beneficiary',
    'needs one of account_number, vpa',
  ],
  [dmt.senderBody, { mobile: '+919876543210' }, '#', '#/mobile', 'must have at most 10 characters'],
  [dmt.senderBody, { mobile: '1234567890' }, '#', '#/mobile', 'the first 6 to 9'],
  [dmt.enrolmentBody, { name: 'रवि कुमार' }, '#', '#/name', 'Latin letters'],
])('%# says what is allowed', (schema, value, where, pointer, detail) => {
  const found = problemsOf(schema, value, where).find((p) => p.pointer === pointer);
  expect(found?.detail).toContain(detail);
});
