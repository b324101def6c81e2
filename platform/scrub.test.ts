import { DatabaseError } from 'pg';
import * as fc from 'fast-check';
import { publicId, systemIds } from './ids';
import { formatRupees } from './money';
import { errorHead, scrub, scrubValue } from './scrub';
import { cpuMsOf } from '../test/support/cpu-time';

const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((d) => d.join(''));
const letters = (length: number, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...alphabet.split('')), { minLength: length, maxLength: length })
    .map((c) => c.join(''));
const base64url = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'.split('')), {
      minLength: min,
      maxLength: max,
    })
    .map((c) => c.join(''));
const grouped = (text: string, separator: string): string =>
  text.replaceAll(/(\d{4})(?=\d)/g, `$1${separator}`);

/** What must not be readable, and its heart: the part that would give it away. */
const secrets: Record<string, fc.Arbitrary<{ text: string; heart: string }>> = {
  'an account number': fc
    .integer({ min: 9, max: 18 })
    .chain(digits)
    .map((n) => ({ text: n, heart: n })),
  'an Aadhaar number': fc
    .tuple(digits(12), fc.constantFrom('', ' ', '-'))
    .map(([n, s]) => ({ text: grouped(n, s), heart: grouped(n, s) })),
  'a card number': fc
    .tuple(fc.integer({ min: 13, max: 19 }).chain(digits), fc.constantFrom('', ' ', '-'))
    .map(([n, s]) => ({ text: grouped(n, s), heart: grouped(n, s) })),
  'a phone number': digits(10).map((n) => ({
    text: `+91 ${n.slice(0, 5)} ${n.slice(5)}`,
    heart: n.slice(5),
  })),
  'a PAN': fc
    .tuple(
      letters(3),
      fc.constantFrom(...'PCHABGJLFTE'.split('')),
      letters(1),
      digits(4),
      letters(1),
      fc.boolean(),
    )
    .map(([a, b, c, d, e, lower]) => {
      const pan = lower ? `${a}${b}${c}${d}${e}`.toLowerCase() : `${a}${b}${c}${d}${e}`;
      return { text: pan, heart: pan };
    }),
  'a VPA': fc
    .tuple(letters(8, 'abcdefghijklmnopqrstuvwxyz0123456789'), fc.constantFrom('ybl', 'okhdfcbank', 'paytm'))
    .map(([name, bank]) => ({ text: `${name}@${bank}`, heart: name })),
  'an e-mail address': letters(8, 'abcdefghijklmnopqrstuvwxyz').map((name) => ({
    text: `${name}@mail.example.com`,
    heart: name,
  })),
  'a JWT': fc
    .tuple(base64url(10, 60), base64url(10, 200), base64url(20, 90))
    .map(([a, b, c]) => ({ text: `eyJ${a}.${b}.${c}`, heart: b })),
  'an API key': fc
    .tuple(fc.constantFrom('live', 'test'), base64url(49, 49))
    .map(([mode, key]) => ({ text: `mk_${mode}_${key}`, heart: key })),
  'a webhook secret': base64url(24, 48).map((key) => ({ text: `whsec_${key}`, heart: key })),
  'an authorization header': base64url(20, 60).map((key) => ({ text: `Bearer ${key}`, heart: key })),
  'a password in a URL': fc
    .tuple(fc.constantFrom('', 'munim'), letters(12))
    .map(([user, password]) => ({ text: `redis://${user}:${password}@cache:6379/0`, heart: password })),
  'a password with an @ in a URL': letters(12).map((password) => ({
    text: `postgres://munim:x@y/${password}@db:5432/munim`,
    heart: password,
  })),
};

/** Text that may stand around it: anything that does not itself run on into it. */
const around = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'account=',
    '"account":"',
    'A/C',
    'acct',
    ' for ',
    "'",
    '(',
    ':',
    ',',
    'नाम ',
    '\n',
    '\t',
    'txn_01k3c2m4e8fwrs3v4x5y6z7a8b ',
    '@0.0 ',
    '@ybl ',
    '%40b.c ',
    '2026-11-01T10:00:00.000Z ',
    '2026-11-01 ',
  ),
  fc.string({ maxLength: 20 }).map((s) => `${s} `),
);

/** `expect` in each of thousands of runs takes longer than what they run: these properties say yes or no. */
describe('P7 scrub hides, in any text,', () => {
  it.each(Object.keys(secrets))('%s', (name) => {
    const property = fc.property(around, secrets[name]!, around, (before, secret, after) => {
      fc.pre(!/[A-Za-z0-9._%+-]$/.test(before) || !/PAN|VPA|e-mail|JWT|authorization/.test(name));
      fc.pre(!/^[A-Za-z0-9]/.test(after) || !name.includes('PAN'));
      return !scrub(`${before}${secret.text}${after}`).includes(secret.heart);
    });
    expect(() => fc.assert(property, { numRuns: 400 })).not.toThrow();
  });

  it('several at once, side by side', () => {
    const one = fc.oneof(...Object.values(secrets));
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 6 }), (list) => {
        const out = scrub(list.map((s) => s.text).join(' '));
        for (const s of list) expect(out).not.toContain(s.heart);
      }),
    );
  });
});

describe('scrub leaves', () => {
  const word = fc.constantFrom('', ' ', 'row ', '(', 'job transaction-hold-', 'id=', '"', ' 12 ', '7 ');
  const kept: Record<string, fc.Arbitrary<string>> = {
    'ids of ours': fc
      .tuple(fc.constantFrom('transaction', 'wallet', 'request', 'callback'), fc.uuid())
      .map(([kind, id]) => publicId(kind as 'wallet', id)),
    'fresh ids of ours': fc.constant(0).map(() => publicId('transaction', systemIds.uuid())),
    uuids: fc.uuid(),
    'uuids of digits only': digits(32).map(
      (d) => `${d.slice(0, 8)}-${d.slice(8, 12)}-${d.slice(12, 16)}-${d.slice(16, 20)}-${d.slice(20)}`,
    ),
    instants: fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2099-12-31T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((d) => d.toISOString()),
    'business dates': fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2099-12-31T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((d) => d.toISOString().slice(0, 10)),
    'amounts as people read them': fc.bigInt({ min: 0n, max: 10n ** 14n }).map(formatRupees),
    'amounts up to eight digits': fc.integer({ min: 0, max: 99_999_999 }).map(String),
    'error codes': fc.constantFrom(
      'LEDGER_INSUFFICIENT_FUNDS',
      'HTTP 500',
      '23514',
      '55P03',
      'ECONNREFUSED 127.0.0.1:5432',
    ),
  };
  it.each(Object.keys(kept))('%s', (name) => {
    const property = fc.property(
      word,
      kept[name]!,
      fc.constantFrom('', ' ', ')', ',', '"', ' failed'),
      (before, text, after) => {
        fc.pre(!(/^[\d,]+$/.test(text) && /\d $/.test(before)));
        return scrub(`${before}${text}${after}`).includes(text);
      },
    );
    expect(() => fc.assert(property, { numRuns: 400 })).not.toThrow();
  });

  it('job ids, which people look for', () => {
    const id = `transaction-hold-${systemIds.uuid()}-50-0-0a1b2c3d4e5f`;
    expect(scrub(`job ${id} failed`)).toBe(`job ${id} failed`);
  });

  it('amounts of money that are fields', () => {
    expect(scrubValue({ amountPaise: 1_000_000_000_000n, count: 123_456_789_012 })).toEqual({
      amountPaise: '1000000000000',
      count: 123_456_789_012,
    });
  });
});

describe('scrub is quick whatever it reads', () => {
  it.each([
    ['a.'],
    ['a@'],
    ['1 '],
    ['1-'],
    ['//a:'],
    ['ey-'],
    ['ABCPE1234'],
    ['2026-11-01T'],
    ['Basic '],
    ['0123abcd-'],
    ['%40a'],
    ['eyaaaaaaaa.'],
  ])('%p over and over', (part) => {
    const text = part.repeat(100_000);
    expect(
      cpuMsOf(() => {
        scrub(text);
      }),
    ).toBeLessThan(200);
  });

  it('cuts what is too long, and no half number stays at the cut', () => {
    for (let shift = 0; shift < 40; shift += 1) {
      const out = scrub(`${'x'.repeat(9_980 + shift)} 501001234567890 and more${'y'.repeat(500)}`);
      expect(out).not.toMatch(/\d{5,}(?! characters)/);
      expect(out).toMatch(/\[\d+ characters\]$/);
    }
  });
});

describe('scrubValue', () => {
  it('hides fields by name at any depth, however they are written', () => {
    const out = JSON.stringify(
      scrubValue({
        a: {
          b: {
            c: {
              Account_Number: 'x1',
              accountNumber: 'x2',
              'account-number': 'x3',
              beneficiary: { name: 'x4' },
              PASSWORD: 'x5',
            },
          },
        },
        headers: { 'set-cookie': 'x6', Authorization: 'x7' },
      }),
    );
    for (let i = 1; i <= 7; i += 1) expect(out).not.toContain(`x${i}`);
  });

  it('scrubs keys, maps, sets, URLs and buffers', () => {
    const out = JSON.stringify(
      scrubValue({
        501001234567890: 1,
        map: new Map([['k', 'test.trader@okbank']]),
        set: new Set(['ABCPE1234F']),
        url: new URL('redis://:hunter2hunter2@127.0.0.1/0'),
        raw: Buffer.from('501001234567890'),
        at: new Date('2026-11-01T00:00:00Z'),
      }),
    );
    expect(out).toBe(
      '{"[digits:15]":1,"map":{"k":"[vpa]"},"set":["[pan]"],' +
        '"url":"redis://[credentials]@127.0.0.1/0","raw":"[15 bytes]","at":"2026-11-01T00:00:00.000Z"}',
    );
  });

  it('ends on cyclic, deep and wide values, and gives something that JSON takes', () => {
    const cyclic: Record<string, unknown> = {
      wide: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i])),
      call: () => 1,
      bad: new Date(Number.NaN),
    };
    cyclic.self = cyclic;
    expect(() => JSON.stringify(scrubValue(cyclic))).not.toThrow();
    fc.assert(
      fc.property(
        fc.object({
          maxDepth: 9,
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withNullPrototype: true,
        }),
        (value) => {
          JSON.stringify(scrubValue(value));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('shows of an error its kind and place, not the values in it', () => {
    const error = Object.assign(
      new DatabaseError(
        'insert into "beneficiaries" ("name") values (\'Asha Planted\') - new row for relation ' +
          '"beneficiaries" violates check constraint "beneficiaries_sealed"',
        0,
        'error',
      ),
      {
        code: '23514',
        constraint: 'beneficiaries_sealed',
        detail: 'Failing row contains (Asha Planted, 501001234567890)',
        where: 'Asha Planted',
      },
    );
    const shown = JSON.stringify(scrubValue({ error: new Error('outer', { cause: error }) }));
    expect(shown).toContain('beneficiaries_sealed');
    expect(shown).not.toMatch(/Asha|501001234567890/);
  });

  it.each([
    ['invalid input syntax for type uuid: "Asha Planted"'],
    ['select * from t where name = \'Asha Planted\' - invalid input syntax for type bigint: "Asha Planted"'],
    ['invalid input value for enum kind: "Asha\nPlanted Asha Planted"'],
  ])('a message that quotes a value loses it: %p', (message) => {
    expect(errorHead(message)).toMatch(/invalid input/);
    expect(errorHead(message)).not.toContain('Planted');
  });

  it.each([
    '{"name":"Asha Planted"',
    '{"name":"Asha Planted"}}',
    'Asha Planted',
    '{"name":"Asha \u0001Planted"}',
  ])('a JSON error does not show the text it stumbled over: %p', (text) => {
    let message = '';
    try {
      JSON.parse(text);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).not.toBe('');
    expect(errorHead(message)).not.toContain('Asha');
  });
});
