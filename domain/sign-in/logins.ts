import type { KeyedDigest } from '../../platform/encryption';
import { fieldError } from '../errors/errors';
import { COMMON_ERRORS } from '../errors/errors';
import { normalMobile } from '../india/mobile';
import type { Channel } from '../notifications/port';
import { emailDigests, emailHint, mobileDigests, mobileHint } from '../users/sealed';

/** A number or address by which somebody signs in, or wants to be reached. */
export interface Login {
  channel: Channel;
  /** Ten digits, or an address in small letters. */
  address: string;
  /** Under every key that is valid, the one that is written with first. */
  digests: readonly [Buffer, ...Buffer[]];
}

const EMAIL = /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,188}[a-z0-9])$/u;

/**
 * What was typed, in its one form. Its form says nothing about whether there is such a user. Throws DomainError
 * REQUEST_FIELD_INVALID.
 */
export function loginOf(digest: KeyedDigest, typed: string, pointer = '#/login'): Login {
  const mobile = normalMobile(typed);
  if (mobile !== undefined)
    return { channel: 'sms', address: mobile, digests: some(mobileDigests(digest, mobile)) };
  const email = typed.normalize('NFC').trim().toLowerCase();
  if (EMAIL.test(email) && !email.includes('..'))
    return { channel: 'email', address: email, digests: some(emailDigests(digest, email)) };
  throw fieldError(
    COMMON_ERRORS.REQUEST_FIELD_INVALID,
    pointer,
    'give a mobile number of India, or an e-mail address',
  );
}

export function hintOf({ channel, address }: Pick<Login, 'channel' | 'address'>): string {
  return channel === 'sms' ? mobileHint(address) : emailHint(address);
}

const some = (digests: readonly Buffer[]): Login['digests'] => digests as Login['digests'];
