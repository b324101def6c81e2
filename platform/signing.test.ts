import { createPublicKey, verify } from 'node:crypto';
import { parseEncryptionKeys } from './encryption';
import { createSigner, isSignedBy, publicKeyPem } from './signing';

// RFC 8032, 7.1, test 2
const SEED = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
const PUBLIC = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const SIGNATURE =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';

const signer = createSigner(parseEncryptionKeys(`k1:${SEED.toString('base64')}`));

it('signs as RFC 8032 says', () => {
  expect(signer.keyId).toBe('k1');
  expect(signer.publicKey.toString('hex')).toBe(PUBLIC);
  expect(signer.sign('r').toString('hex')).toBe(SIGNATURE);
});

it('tells a signature from others', () => {
  const signature = signer.sign('a message');
  expect(isSignedBy(signer.publicKey, 'a message', signature)).toBe(true);
  expect(isSignedBy(signer.publicKey, 'a message.', signature)).toBe(false);
  expect(isSignedBy(signer.publicKey, 'a message', Buffer.alloc(64))).toBe(false);
  expect(isSignedBy(Buffer.alloc(32, 255), 'a message', signature)).toBe(false);
  expect(isSignedBy(Buffer.alloc(5), 'a message', signature)).toBe(false);
});

it('gives the public key in the form that other programs read', () => {
  const key = createPublicKey(publicKeyPem(signer.publicKey));
  expect(verify(null, Buffer.from('a message'), key, signer.sign('a message'))).toBe(true);
});
