import { Readable } from 'node:stream';
import type { Context } from 'koa';
import * as fc from 'fast-check';
import type { DomainError } from '../../domain/errors/errors';
import { payoutBody } from '../schemas/payouts';
import { bodyOf } from '../registry/input';
import { json } from '../registry/route';
import { readJson } from './json-body';

const good = {
  amount: 150_000,
  currency: 'INR',
  beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'HDFC0000053' },
  mode: 'IMPS',
  reference: 'ref-1',
  narration: 'Munim test',
};

const contextOf = (raw: string | Buffer, headers: Record<string, string>): Context =>
  ({
    req: Object.assign(Readable.from([Buffer.from(raw)]), { headers }),
    querystring: '',
  }) as unknown as Context;

describe('numbers in a JSON body', () => {
  const take = async (text: string): Promise<unknown> =>
    bodyOf(contextOf(text, { 'content-type': 'application/json' }), json(payoutBody)).catch(
      (error: unknown) => (error as DomainError).errors,
    );
  const withAmount = (literal: string): string => JSON.stringify(good).replace('150000', literal);

  it.each(['150000', '1', '1000000000000'])('takes %s', async (literal) => {
    expect(await take(withAmount(literal))).toMatchObject({ amount: Number(literal) });
  });

  it.each(['1500.00', '1e5', '1E5', '15e4', '1.5e5', '150000.0', '150000.00000000000001', '1e+0'])(
    'refuses %s, which would come out whole',
    async (literal) => {
      expect(Number.isInteger(JSON.parse(literal))).toBe(true);
      expect(await take(withAmount(literal))).toEqual([
        {
          pointer: '#/amount',
          code: 'FIELD_NOT_WHOLE',
          detail: expect.stringContaining('in digits only') as unknown,
        },
      ]);
    },
  );

  it('refuses what has a fraction once, by its rule', async () => {
    expect(await take(withAmount('1500.5'))).toMatchObject([
      { pointer: '#/amount', code: 'FIELD_NOT_WHOLE' },
    ]);
  });
});

describe('a JSON body', () => {
  const read = (raw: string | Buffer, headers: Record<string, string> = {}): Promise<object> => {
    const all: Record<string, string> = { 'content-type': 'application/json', ...headers };
    return readJson(contextOf(raw, all)).then(({ value }) => value);
  };
  const codeOf = async (raw: string | Buffer, headers?: Record<string, string>): Promise<string> =>
    read(raw, headers).then(
      () => 'fine',
      (error: unknown) => (error as DomainError).code,
    );

  it('is read as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string().filter((k) => k !== '__proto__'),
          fc.jsonValue(),
        ),
        fc.constantFrom(undefined, 2, '\t'),
        async (value, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          fc.pre(!text.includes('"__proto__"'));
          expect(JSON.stringify(await read(text))).toBe(JSON.stringify(JSON.parse(text)));
        },
      ),
    );
  });

  it.each([
    '',
    ' ',
    '{',
    '{"a":1',
    '{"a":1}}',
    '[]',
    '[{}]',
    'null',
    '1',
    '"x"',
    'true',
    'undefined',
    'NaN',
    '{"a":NaN}',
    '{"a":01}',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":"\u0000"}',
    '\ufeff{}',
    '{}\u0000',
    '{"a":1}{"b":2}',
  ])('refuses %j', async (text) => {
    expect(await codeOf(text)).toBe('REQUEST_BODY_UNPARSABLE');
  });

  it.each([
    Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
    Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from('{"a":"\xe9"}', 'latin1'),
    Buffer.from('{}', 'utf16le'),
    Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  ])('refuses bytes that are not UTF-8: %p', async (raw) => {
    expect(await codeOf(raw)).toBe('REQUEST_BODY_UNPARSABLE');
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"x":{"a":1,"a":2}}',
    '{"x":[{"a":1,"a":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"a\\"":1,"a\\u0022":2}',
    '{"a":":","a":"\\":"}',
  ])('refuses a name that stands twice: %s', async (text) => {
    expect(await codeOf(text)).toBe('REQUEST_BODY_UNPARSABLE');
  });

  it.each([
    '{"a":{"a":1}}',
    '[0]'.replace('[0]', '{"a":[{"a":1},{"a":2}]}'),
    '{"a":"a:b\\":","b":"{\\"a\\":1}"}',
    '{"a":"\\\\","b":":"}',
    '{"1":1,"01":2,"":3}',
  ])('takes names that only look alike: %s', async (text) => {
    expect(await codeOf(text)).toBe('fine');
  });

  it.each([
    '{"__proto__":{"amount":1}}',
    '{"beneficiary":{"__proto__":{"name":"x"}}}',
    '{"a":[[{"__proto__":null}]]}',
    '{"\\u005f_proto__":1}',
  ])('refuses a prototype: %s', async (text) => {
    expect(await codeOf(text)).toBe('REQUEST_FIELD_UNKNOWN');
    expect(({} as { amount?: number }).amount).toBeUndefined();
  });

  it('is not shaken by depth or by many names', async () => {
    expect(await codeOf(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toBe('fine');
    expect(await codeOf(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)).toBe('fine');
    expect(await codeOf(`{${Array.from({ length: 6_000 }, (_, i) => `"k${i}":1`).join(',')}}`)).toBe('fine');
    expect(await codeOf(`{"a":"${'x'.repeat(65_536)}"}`)).toBe('REQUEST_TOO_LARGE');
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON;charset="UTF-8"',
    'application/json ;',
  ])('takes the type %s', async (type) => {
    expect(await codeOf('{}', { 'content-type': type })).toBe('fine');
  });
  it.each([
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; x=1',
    'application/jsonx',
    'application/problem+json',
    'application/json, text/plain',
    '*/*',
  ])('refuses the type %p', async (type) => {
    expect(await codeOf('{}', { 'content-type': type })).toBe('REQUEST_MEDIA_TYPE_UNSUPPORTED');
  });
  it.each(['gzip', 'br', 'deflate', 'gzip, identity', 'x'])('refuses the encoding %s', async (encoding) => {
    expect(await codeOf('{}', { 'content-encoding': encoding })).toBe('REQUEST_MEDIA_TYPE_UNSUPPORTED');
  });
  it('takes the encoding that is none', async () => {
    expect(await codeOf('{}', { 'content-encoding': 'Identity' })).toBe('fine');
  });
  it('refuses a body that is not as long as it says', async () => {
    expect(await codeOf('{}', { 'content-length': '3' })).toBe('REQUEST_BODY_UNPARSABLE');
  });
});
