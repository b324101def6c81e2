import { sealedColumn, type DigestedColumns, type KeyedDigest } from '../../platform/encryption';
import { phoneDigests } from '../otp/rules';

/** Of users of apps; staff sign in by an address that is no secret of a customer's. */
export const USER_MOBILE = sealedColumn('users', 'mobile_sealed');
export const USER_EMAIL = sealedColumn('users', 'email_sealed');
export const USER_ADDRESS = sealedColumn('users', 'address_sealed');

/** What a line of a file of new users says, until it is accepted or refused. */
export const IMPORT_ROW = sealedColumn('user_import_rows', 'given_sealed');

/** By which a user is found at sign-in, and no two have the same. */
export const USER_FINGERPRINTS: DigestedColumns = {
  table: 'users',
  columns: ['mobile_fingerprint', 'email_fingerprint'],
  reads: [],
  of(digest, { mobile_sealed: mobile, email_sealed: email }) {
    return [
      mobile === undefined ? null : mobileDigests(digest, mobile)[0]!,
      email === undefined ? null : emailDigests(digest, email)[0]!,
    ];
  },
};

/**
 * Under every key that is valid, the first of which is kept. `mobile` has its ten digits. It is the digest by which
 * one-time passwords to a phone are counted.
 */
export function mobileDigests(digest: KeyedDigest, mobile: string): readonly Buffer[] {
  return phoneDigests(digest, mobile);
}

/** Under every key that is valid, the first of which is kept. Capitals do not count. */
export function emailDigests(digest: KeyedDigest, email: string): readonly Buffer[] {
  return digest.every('user email', email.normalize('NFC').trim().toLowerCase());
}

/** `98XXXXXX10`: what people may see of a number. */
export function mobileHint(mobile: string): string {
  return `${mobile.slice(0, 2)}XXXXXX${mobile.slice(-2)}`;
}

/** `r…@example.in`: what people may see of an address. */
export function emailHint(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}…${email.slice(at)}`;
}
