import type { Context } from 'koa';
import * as fc from 'fast-check';
import { preferredWaitS } from './headers';
import { statementQuery, transactionsQuery } from './lists';
import { payoutBody } from './payouts';
import { queryOf } from './query';
import { FIELD_CODES, validate } from './validate';
import { DomainError } from '../../domain/errors/errors';
import { anyText } from '../../test/support/any-text';

const good = {
  amount: 150_000,
  currency: 'INR',
  beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'HDFC0000053' },
  mode: 'IMPS',
  reference: 'ref-1',
  narration: 'Munim test',
};
const vpa = { ...good, beneficiary: { name: 'Test Beneficiary', vpa: 'test.trader@okbank' }, mode: 'UPI' };

function refusal(act: () => unknown): DomainError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
const check = (body: unknown): DomainError | undefined => refusal(() => validate(payoutBody, body, '#'));
const withField = (field: string, value: unknown): unknown => ({ ...good, [field]: value });
const withBeneficiary = (fields: Record<string, unknown>): unknown => ({
  ...good,
  beneficiary: { ...good.beneficiary, ...fields },
});

describe('the body of a payout', () => {
  it.each([
    good,
    vpa,
    { ...good, mode: undefined, narration: undefined },
    withField('amount', 1),
    withField('amount', 1_000_000_000_000),
    withBeneficiary({ ifsc: 'hdfc0000053' }),
  ])('takes %j', (body) => {
    expect(check(JSON.parse(JSON.stringify(body)))).toBeUndefined();
  });

  const amounts: [unknown, string][] = [
    ['150000', 'FIELD_TYPE_WRONG'],
    [1.5, 'FIELD_NOT_WHOLE'],
    [0.1 + 0.2, 'FIELD_NOT_WHOLE'],
    [-1, 'FIELD_OUT_OF_RANGE'],
    [0, 'FIELD_OUT_OF_RANGE'],
    [-0, 'FIELD_OUT_OF_RANGE'],
    [1e30, 'FIELD_OUT_OF_RANGE'],
    [2 ** 53, 'FIELD_OUT_OF_RANGE'],
    [2 ** 53 - 1, 'FIELD_OUT_OF_RANGE'],
    [-(2 ** 53), 'FIELD_OUT_OF_RANGE'],
    [1_000_000_000_001, 'FIELD_OUT_OF_RANGE'],
    [Number.POSITIVE_INFINITY, 'FIELD_OUT_OF_RANGE'],
    [Number.NaN, 'FIELD_TYPE_WRONG'],
    ['NaN', 'FIELD_TYPE_WRONG'],
    [null, 'FIELD_TYPE_WRONG'],
    [true, 'FIELD_TYPE_WRONG'],
    [[150_000], 'FIELD_TYPE_WRONG'],
    [{}, 'FIELD_TYPE_WRONG'],
    [undefined, 'FIELD_REQUIRED'],
  ];
  it.each(amounts)('refuses the amount %p: %s', (amount, code) => {
    const error = check(withField('amount', amount));
    expect(error).toMatchObject({ code: 'REQUEST_FIELD_INVALID', kind: 'invalid' });
    expect(error!.errors).toContainEqual({ pointer: '#/amount', code, detail: expect.any(String) });
  });

  it.each<[string, unknown, string, string]>([
    ['a field that does not exist', withField('status', 'SUCCESS'), '#/status', 'FIELD_UNKNOWN'],
    [
      'a field that does not exist, deep inside',
      withBeneficiary({ is_verified: true }),
      '#/beneficiary/is_verified',
      'FIELD_UNKNOWN',
    ],
    ['another currency', withField('currency', 'USD'), '#/currency', 'FIELD_NOT_ALLOWED'],
    ['a mode that does not exist', withField('mode', 'imps'), '#/mode', 'FIELD_NOT_ALLOWED'],
    ['a list as beneficiary', withField('beneficiary', []), '#/beneficiary', 'FIELD_TYPE_WRONG'],
    ['a text as beneficiary', withField('beneficiary', 'x'), '#/beneficiary', 'FIELD_TYPE_WRONG'],
    [
      'no account',
      withField('beneficiary', { name: 'Test Beneficiary' }),
      '#/beneficiary',
      'FIELD_ALTERNATIVES',
    ],
    ['two accounts', withBeneficiary({ vpa: 'test.trader@okbank' }), '#/beneficiary', 'FIELD_ALTERNATIVES'],
    [
      'an account without its IFSC',
      withBeneficiary({ ifsc: undefined }),
      '#/beneficiary',
      'FIELD_ALTERNATIVES',
    ],
    [
      'a VPA with an IFSC',
      { ...vpa, beneficiary: { ...vpa.beneficiary, ifsc: 'HDFC0000053' } },
      '#/beneficiary',
      'FIELD_ALTERNATIVES',
    ],
    [
      'an account number with a sign',
      withBeneficiary({ account_number: '0011-2233445' }),
      '#/beneficiary/account_number',
      'FIELD_FORM_WRONG',
    ],
    [
      'an account number as a number',
      withBeneficiary({ account_number: 1_122_334_455 }),
      '#/beneficiary/account_number',
      'FIELD_TYPE_WRONG',
    ],
    [
      'an account number of 36 digits',
      withBeneficiary({ account_number: '1'.repeat(36) }),
      '#/beneficiary/account_number',
      'FIELD_TOO_LONG',
    ],
    [
      'an account number of other digits',
      withBeneficiary({ account_number: '०११२२३३४४५५' }),
      '#/beneficiary/account_number',
      'FIELD_FORM_WRONG',
    ],
    ['an empty name', withBeneficiary({ name: '' }), '#/beneficiary/name', 'FIELD_TOO_SHORT'],
    [
      'a NUL in a name',
      withBeneficiary({ name: 'Test\0Beneficiary' }),
      '#/beneficiary/name',
      'FIELD_FORM_WRONG',
    ],
    [
      'a lone surrogate in a name',
      withBeneficiary({ name: 'Test\ud800Beneficiary' }),
      '#/beneficiary/name',
      'FIELD_FORM_WRONG',
    ],
    [
      'text from right to left in a name',
      withBeneficiary({ name: 'Test \u202eBeneficiary' }),
      '#/beneficiary/name',
      'FIELD_FORM_WRONG',
    ],
    [
      'markup in a name',
      withBeneficiary({ name: '<script>alert(1)</script>' }),
      '#/beneficiary/name',
      'FIELD_FORM_WRONG',
    ],
    [
      'a line break at the end of a reference',
      withField('reference', 'ref-1\n'),
      '#/reference',
      'FIELD_FORM_WRONG',
    ],
    ['a reference of 41 signs', withField('reference', 'r'.repeat(41)), '#/reference', 'FIELD_TOO_LONG'],
    ['SQL in a reference', withField('reference', "x' or 1=1 --"), '#/reference', 'FIELD_FORM_WRONG'],
    ['a template in a narration', withField('narration', '${7*7}'), '#/narration', 'FIELD_FORM_WRONG'],
    [
      'an IFSC of another form',
      withBeneficiary({ ifsc: 'HDFC1000053' }),
      '#/beneficiary/ifsc',
      'FIELD_FORM_WRONG',
    ],
  ])('refuses %s', (_name, body, pointer, code) => {
    const error = check(body);
    expect(error?.errors).toContainEqual({ pointer, code, detail: expect.any(String) });
    expect(error!.code).toBe(code === 'FIELD_UNKNOWN' ? 'REQUEST_FIELD_UNKNOWN' : 'REQUEST_FIELD_INVALID');
  });

  it('lists all problems at once, 50 at most, with codes that are documented', () => {
    const error = check({
      ...Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`k${i}`, i])),
      amount: 'x',
    });
    expect(error!.errors).toHaveLength(50);
    expect(check({})!.errors!.map((e) => e.pointer)).toEqual(['#/amount', '#/currency', '#/reference', '#']);
    for (const { code } of error!.errors!) expect(Object.keys(FIELD_CODES)).toContain(code);
  });

  it('P7 never repeats a value, and no number that stands as a name', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 30 }).filter((s) => /[^a-z_ ]/.test(s)),
        fc.constantFrom('name', 'account_number', 'ifsc', 'vpa'),
        (value, field) => {
          const error = check(withBeneficiary({ [field]: value }));
          expect(JSON.stringify(error?.errors ?? []) + (error?.detail ?? '')).not.toContain(
            JSON.stringify(value).slice(1, -1),
          );
        },
      ),
    );
    expect(JSON.stringify(check(withField('501001234567890', 1))!.errors)).not.toContain('50100');
  });

  it('gives pointers that hold nothing but plain signs', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 100 }), (name) => {
        fc.pre(!Object.hasOwn(good, name) && name !== '__proto__');
        expect(check({ ...good, [name]: 1 })!.errors![0]!.pointer).toMatch(
          /^#\/(?:~|[A-Za-z_][A-Za-z0-9_]{0,39})$/,
        );
      }),
    );
  });
});

describe('queries', () => {
  const query = (text: string): DomainError | undefined =>
    refusal(() => queryOf({ querystring: text } as Context, transactionsQuery));
  const parsed = (text: string): unknown => queryOf({ querystring: text } as Context, transactionsQuery);

  it('are read with their defaults', () => {
    expect(parsed('')).toEqual({ limit: 20 });
    expect(
      parsed(
        'limit=100&status=FAILED&service=payout&reference=ref-1' +
          '&created_from=2026-11-01T00:00:00%2B05:30&created_before=2026-11-01T00:00:00.123Z',
      ),
    ).toEqual({
      limit: 100,
      status: 'FAILED',
      service: 'payout',
      reference: 'ref-1',
      created_from: new Date('2026-10-31T18:30:00Z'),
      created_before: new Date('2026-11-01T00:00:00.123Z'),
    });
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1e1',
    'limit=+5',
    'limit= 5',
    'limit=5.0',
    'limit=0x5',
    'limit=',
    'limit=NaN',
    'limit=١',
    'limit=05',
    'cursor=',
    'cursor=%00',
    `cursor=${'a'.repeat(401)}`,
    'status=ALL',
    'status=success',
    'service=upi',
    'reference=%27',
    'created_from=2026-11-01',
    'created_from=now',
    'created_from=2026-13-01T00:00:00Z',
    'created_from=2026-02-30T00:00:00Z',
    'created_from=2026-11-01T25:00:00Z',
    'created_from=2026-11-01T00:00:00',
    'created_from=%2B275760-09-13T00:00:00Z',
    'created_from=-000001-01-01T00:00:00Z',
    'created_from=0000-01-01T00:00:00Z',
    'created_before=9999999999999',
  ])('refuses %s with 422', (text) => {
    expect(query(text)).toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  });

  it.each([
    'page=1',
    'user_id=x',
    '__proto__=x',
    'constructor=x',
    '__proto__[limit]=1',
    'limit[]=1',
    'limit[gt]=1',
    'toString=1',
    '=',
    '=1',
    'limit=1&limit=2',
    'limit=1&limit=1',
    'a&a',
    '%6cimit=1&limit=2',
  ])('refuses the name in %s with 400', (text) => {
    expect(query(text)).toMatchObject({ code: 'REQUEST_FIELD_UNKNOWN' });
  });

  it.each(['created_from', 'created_before'])(
    'a + in %s that was not encoded: one problem, with the hint',
    (name) => {
      expect(query(`${name}=2026-11-01T00:00:00+05:30`)!.errors).toEqual([
        {
          pointer: `?${name}`,
          code: 'FIELD_FORM_WRONG',
          detail: expect.stringMatching(/as 2026-11-01T00:00:00Z.*write it as %2B/) as unknown,
        },
      ]);
      expect(query(`${name}=2026-11-01T00:00:00%2B05:30`)).toBeUndefined();
      expect(query(`${name}=now`)!.errors![0]!.detail).not.toContain('%2B');
    },
  );

  it('take only what they name', () => {
    expect(() => queryOf({ querystring: 'status=FAILED' } as Context, statementQuery)).toThrow(DomainError);
    fc.assert(
      fc.property(fc.webQueryParameters(), (text) => {
        query(text);
      }),
    );
  });
});

describe('Prefer: wait', () => {
  const wait = (text: string): number => preferredWaitS({ get: () => text } as unknown as Context);
  it.each<[string, number]>([
    ['', 0],
    ['wait=10', 10],
    ['wait=0', 0],
    ['wait=25', 25],
    ['wait=26', 25],
    ['wait=999999999', 25],
    ['Wait=7', 7],
    ['wait="7"', 7],
    ['wait = 7', 7],
    ['respond-async, wait=7', 7],
    ['waiting=7', 0],
    ['wait-for=7', 0],
    ['respond-async', 0],
    ['handling=lenient,foo;wait=3', 0],
  ])('%p is %i', (text, seconds) => {
    expect(wait(text)).toBe(seconds);
  });
  it.each([
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=1e1',
    'wait=ten',
    'wait=0x1',
    'wait="7',
    'wait=7"',
    'wait=7;x',
    'wait=1234567890',
    'wait=7, wait=8',
    'wait=٧',
    'wait=1 0',
  ])('%p is refused', (text) => {
    expect(() => wait(text)).toThrow(DomainError);
  });
});
