import { constants, createPublicKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import * as fc from 'fast-check';
import { FakeClock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import { aadhaarKeyOf, createSigner, sealAadhaar, secretKeyOf } from './auth';

const NOW = '2026-11-01T06:30:00.000Z';

describe('secret-key', () => {
  it.each([
    ['TEST_ACCESS_KEY_DO_NOT_USE', '1700000000000', 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='],
    ['test-access-key-123', '1700000000000', '88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo='],
  ])('the golden vector of %s', (accessKey, timestamp, expected) => {
    expect(secretKeyOf(accessKey, timestamp)).toBe(expected);
  });

  it('changes with every millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2e12 }), (ms) => {
        expect(secretKeyOf('k', String(ms))).not.toBe(secretKeyOf('k', String(ms + 1)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the headers of a call', () => {
  const warnings: unknown[] = [];
  const log = { warn: (fields: unknown) => warnings.push(fields) } as unknown as Log;
  const clock = new FakeClock(NOW);
  const make = (): ReturnType<typeof createSigner> =>
    createSigner({ developerKey: 'dev', accessKey: 'test-access-key-123', clock, log });
  const at = (signer: ReturnType<typeof createSigner>): number =>
    Number(signer.headers()['secret-key-timestamp']);
  beforeEach(() => {
    clock.set(NOW);
    warnings.length = 0;
  });

  it('carry a fresh timestamp and its key', () => {
    const signer = make();
    const first = signer.headers();
    expect(first).toEqual({
      developer_key: 'dev',
      'secret-key-timestamp': String(Date.parse(NOW)),
      'secret-key': secretKeyOf('test-access-key-123', String(Date.parse(NOW))),
    });
    clock.advance(7);
    expect(signer.headers()['secret-key']).not.toBe(first['secret-key']);
  });

  it('after a 403 that the clock may explain carry the time of the provider, and go on from there', () => {
    const signer = make();
    signer.refused('Sun, 01 Nov 2026 06:40:00 GMT');
    expect(at(signer)).toBe(Date.parse(NOW) + 600_000);
    expect(warnings).toEqual([{ provider: 'eko', skewMs: 600_000 }]);
    clock.advance(1_000);
    expect(at(signer)).toBe(Date.parse(NOW) + 601_000);
    signer.refused('Sun, 01 Nov 2026 06:40:01 GMT'); // the clock is right now: the keys are wrong
    expect(warnings).toHaveLength(1);
    signer.refused('Sun, 01 Nov 2026 06:30:01 GMT'); // and set right again when ours was
    expect(at(signer)).toBe(Date.parse(NOW) + 1_000);
  });

  it.each([
    undefined,
    '',
    'yesterday',
    '2026-11-01T06:40:00Z',
    'Sun, 01 Nov 2026 06:30:04 GMT',
    'Sun, 01 Nov 2026 06:29:56 GMT',
    'Sun, 08 Nov 2026 06:30:00 GMT',
    'Sun, 01 Nov 1970 06:30:00 GMT',
    'Sun, 41 Nov 2026 06:30:00 GMT',
  ])('learn nothing from %p', (header) => {
    const signer = make();
    signer.refused(header);
    expect([at(signer), warnings]).toEqual([Date.parse(NOW), []]);
  });
});

describe('Aadhaar numbers', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;

  it('P7 are sealed with RSA PKCS #1 v1.5, differently each time', () => {
    const key = aadhaarKeyOf(pem);
    const sealed = [sealAadhaar(key, '999941057058'), sealAadhaar(key, '999941057058')];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const text of sealed) {
      expect(text).toMatch(/^[A-Za-z0-9+/]{342}==$/);
      expect(
        unpad(
          privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, Buffer.from(text, 'base64')),
        ),
      ).toBe('999941057058');
    }
  });

  /**
   * 0x00 0x02, eight or more bytes that are not zero, 0x00, the message. Taken apart by hand: Node may refuse
   * this padding on decryption.
   */
  function unpad(block: Buffer): string {
    const end = block.indexOf(0, 2);
    expect([block[0], block[1], end >= 10]).toEqual([0, 2, true]);
    return block.subarray(end + 1).toString('utf8');
  }

  it('take the key as PEM, with its line breaks written out or not', () => {
    expect(aadhaarKeyOf(pem.replaceAll('\n', String.raw`\n`)).equals(createPublicKey(pem))).toBe(true);
  });

  it.each([
    '',
    'MIGfMA0GCSqGSIb3',
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string,
    generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    }) as string,
  ])('refuse %p as a key', (text) => {
    expect(() => aadhaarKeyOf(text)).toThrow(TypeError);
  });
});
