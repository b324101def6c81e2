import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { createBlindIndex, createFieldCipher, fieldPlace, parseEncryptionKeys } from './encryption';
import { cpuMsOf } from '../test/support/cpu-time';

const key = (): Buffer => randomBytes(32);
const place = fieldPlace('beneficiaries', 'account_number', '0197a1f0-0000-7000-8000-000000000001');
const other = fieldPlace('beneficiaries', 'account_number', '0197a1f0-0000-7000-8000-000000000002');
/** What a call throws; undefined when it does not. */
function thrown(call: () => unknown): Error | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
const cipher = createFieldCipher({ keys: new Map([['k1', key()]]), activeKid: 'k1' });

describe('field cipher', () => {
  it('opens what it sealed, in the same place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (plain) => {
        const sealed = cipher.seal(plain, place);
        expect(sealed).toMatch(/^v1\.k1\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$/);
        expect(cipher.open(sealed, place)).toBe(plain);
      }),
    );
  });

  it('never gives the same text twice', () => {
    const sealed = new Set(Array.from({ length: 1_000 }, () => cipher.seal('50100000000000', place)));
    expect(sealed.size).toBe(1_000);
  });

  it('P7 a value moved to another row, column or table does not open', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(
          other,
          fieldPlace('beneficiaries', 'ifsc', '0197a1f0-0000-7000-8000-000000000001'),
          fieldPlace('users', 'account_number', '0197a1f0-0000-7000-8000-000000000001'),
        ),
        (plain, elsewhere) => {
          expect(() => cipher.open(cipher.seal(plain, place), elsewhere)).toThrow(
            'does not open in this place',
          );
        },
      ),
    );
  });

  it('two rows whose values are swapped open in neither', () => {
    const [a, b] = [cipher.seal('first', place), cipher.seal('second', other)];
    expect(() => cipher.open(a, other)).toThrow('does not open');
    expect(() => cipher.open(b, place)).toThrow('does not open');
  });

  it('P7 a change of any one character is refused', () => {
    const sealed = cipher.seal('50100012345678', place);
    for (let i = 0; i < sealed.length; i++) {
      for (const c of ['A', 'B', 'x', '_', '-', '.', '=', '+', ' ', 'é']) {
        if (sealed[i] === c) continue;
        const tampered = sealed.slice(0, i) + c + sealed.slice(i + 1);
        expect(() => cipher.open(tampered, place)).toThrow('sealed value');
      }
    }
  });

  it('a flip of any one bit of the nonce, the ciphertext or the tag is refused', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        (plain, at, part) => {
          const parts = cipher.seal(plain, place).split('.');
          const bytes = Buffer.from(parts[part]!, 'base64url');
          bytes[Math.floor(at / 8) % bytes.length]! ^= 1 << (at % 8);
          parts[part] = bytes.toString('base64url');
          expect(() => cipher.open(parts.join('.'), place)).toThrow('does not open');
        },
      ),
    );
  });

  it.each([
    '',
    '.',
    'v1',
    'v1....',
    'v2.k1.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA',
    'v1.k1.AA.AA.AA',
    'plain text',
    'v1.k1.AAAAAAAAAAAAAAAA.A.AAAAAAAAAAAAAAAAAAAAAA',
    'v1.k1.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA.x',
  ])('refuses %p', (text) => {
    expect(() => cipher.open(text, place)).toThrow('not a sealed value');
    expect(() => cipher.needsRotation(text)).toThrow('not a sealed value');
  });

  it('the errors say nothing of the content', () => {
    const sealed = cipher.seal('50100012345678', place);
    for (const attempt of [
      () => cipher.open(sealed, other),
      () => cipher.open(sealed.slice(0, -1), place),
      () => cipher.open('50100012345678', place),
    ]) {
      const error = thrown(attempt);
      expect(error).toBeInstanceOf(Error);
      expect(String(error!.stack)).not.toContain('50100012345678');
      expect(error!.message).not.toContain(sealed.slice(8, 20));
    }
  });

  it('rotates: old values open with their key, new ones take the active key, and a removed key opens nothing', () => {
    const [k1, k2] = [key(), key()];
    const before = createFieldCipher({ keys: new Map([['k1', k1]]), activeKid: 'k1' });
    const during = createFieldCipher({
      keys: new Map([
        ['k2', k2],
        ['k1', k1],
      ]),
      activeKid: 'k2',
    });
    const after = createFieldCipher({ keys: new Map([['k2', k2]]), activeKid: 'k2' });
    const old = before.seal('value', place);
    expect([before.needsRotation(old), during.needsRotation(old)]).toEqual([false, true]);
    const fresh = during.seal(during.open(old, place), place);
    expect([fresh.startsWith('v1.k2.'), during.needsRotation(fresh), after.open(fresh, place)]).toEqual([
      true,
      false,
      'value',
    ]);
    expect(() => after.open(old, place)).toThrow('names a key that is not configured');
  });

  it('a value relabelled with another key id does not open, even when both ids name the same key', () => {
    const k = key();
    const both = createFieldCipher({
      keys: new Map([
        ['a', k],
        ['b', k],
      ]),
      activeKid: 'a',
    });
    expect(() => both.open(both.seal('x', place).replace('v1.a.', 'v1.b.'), place)).toThrow('does not open');
  });

  it('needs an active key, and refuses weak ones', () => {
    expect(() => createFieldCipher({ keys: new Map([['k1', key()]]), activeKid: 'k2' })).toThrow(TypeError);
    expect(() => createFieldCipher({ keys: new Map([['k1', Buffer.alloc(32)]]), activeKid: 'k1' })).toThrow(
      TypeError,
    );
    expect(() => createFieldCipher({ keys: new Map([['k1', randomBytes(16)]]), activeKid: 'k1' })).toThrow(
      TypeError,
    );
  });

  it('a place is three plain words', () => {
    expect(place).toBe('beneficiaries|account_number|0197a1f0-0000-7000-8000-000000000001');
    for (const [table, column, rowId] of [
      ['a|b', 'c', 'd'],
      ['a', '', 'd'],
      ['a', 'b', 'c d'],
    ] as const)
      expect(() => fieldPlace(table, column, rowId)).toThrow(TypeError);
  });

  it('is fast enough for the money path', () => {
    const takenMs = cpuMsOf(() => {
      for (let i = 0; i < 2_000; i++) cipher.open(cipher.seal('50100012345678', place), place);
    });
    expect(takenMs).toBeLessThan(2_000); // about 0.02 ms a round
  });
});

describe('keys from configuration', () => {
  const b64 = (): string => key().toString('base64');

  it('the first is active', () => {
    const [a, b] = [b64(), b64()];
    const { keys, activeKid } = parseEncryptionKeys(`2026b:${a}, 2026a:${b}`);
    expect([activeKid, [...keys.keys()], keys.get('2026a')!.toString('base64')]).toEqual([
      '2026b',
      ['2026b', '2026a'],
      b,
    ]);
  });

  const same = randomBytes(32).toString('base64');
  it.each([
    ['', 'encryption key 1'],
    ['nokey', 'encryption key 1'],
    [`:${same}`, 'encryption key 1'],
    [`k k:${same}`, 'encryption key 1'],
    [`k:${same}:x`, 'encryption key 1'],
    [`k:${randomBytes(31).toString('base64')}`, 'must be 32 bytes'],
    [`k:${randomBytes(33).toString('base64')}`, 'must be 32 bytes'],
    [`k:${same.slice(0, -1)}`, 'must be 32 bytes'],
    [`k:${same.replace(/^./, '*')}`, 'must be 32 bytes'],
    [`k:${Buffer.alloc(32).toString('base64')}`, 'is not random'],
    [`k:${Buffer.alloc(32, 'abcd').toString('base64')}`, 'is not random'],
    [`a:${same},a:${randomBytes(32).toString('base64')}`, 'used twice'],
    [`a:${same},b:${same}`, 'the same key'],
    [`a:${same},`, 'encryption key 2'],
  ])('refuses %#', (text, message) => {
    expect(() => parseEncryptionKeys(text)).toThrow(message);
    expect(thrown(() => parseEncryptionKeys(text))!.message).not.toContain(same.slice(4, 20));
  });

  it('opens the bytes that it sealed, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(cipher.openBytes(cipher.sealBytes(Buffer.from(bytes), place), place)).toEqual(
          Buffer.from(bytes),
        );
      }),
    );
  });
});

describe('blind index', () => {
  const index = createBlindIndex(key());

  it('is equal for equal values, however they are written', () => {
    expect(index('account', '5010 0012 345678').equals(index('account', '50100012345678'))).toBe(true);
    expect(index('vpa', 'Test.Beneficiary@UPI').equals(index('vpa', 'test.beneficiary@upi'))).toBe(true);
    expect(index('account', '５０１').equals(index('account', '501'))).toBe(true);
    expect(index('account', 'x')).toHaveLength(32);
  });

  it('differs for other values, purposes and keys', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{5,18}$/), fc.stringMatching(/^[0-9]{5,18}$/), (a, b) => {
        expect(index('account', a).equals(index('account', b))).toBe(a === b);
      }),
    );
    expect(index('account', '0501').equals(index('account', '501'))).toBe(false);
    expect(index('account', '501').equals(index('phone', '501'))).toBe(false);
    expect(createBlindIndex(key())('account', '501').equals(index('account', '501'))).toBe(false);
  });

  it('refuses weak keys and an empty purpose', () => {
    expect(() => createBlindIndex(Buffer.alloc(32))).toThrow(TypeError);
    expect(() => createBlindIndex(randomBytes(31))).toThrow(TypeError);
    expect(() => index('', 'x')).toThrow(TypeError);
    expect(() => index('a\0b', 'x')).toThrow(TypeError);
  });
});
