import { createHmac, createPublicKey, constants, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import { httpDate } from './dates';

/**
 * Authentication at Eko, and the sealing of Aadhaar numbers. `secret-key` = base64(HMAC-SHA256(key,
 * timestamp)), where the key is the access key in base64 **as text**: it is not decoded again.
 */
export function secretKeyOf(accessKey: string, timestampMs: string): string {
  return createHmac('sha256', Buffer.from(accessKey, 'utf8').toString('base64'))
    .update(timestampMs)
    .digest('base64');
}

export interface Signer {
  /** Fresh for each call: Eko refuses a stale timestamp. */
  headers(): Record<string, string>;
  /**
   * A 403 came with this `Date`: if our clock may be why, later calls carry Eko's time. Nothing is sent again
   * because of it.
   */
  refused(dateHeader: string | undefined): void;
}

/**
 * Below this a difference says nothing: `Date` has whole seconds and was written before the answer reached
 * us. A larger difference than the maximum is a wrong header, not a clock.
 */
const SKEW_MS = { min: 5_000, max: 24 * 60 * 60 * 1_000 };

export function createSigner(options: {
  developerKey: string;
  accessKey: string;
  clock: Clock;
  log?: Log;
}): Signer {
  const { developerKey, accessKey, clock, log } = options;
  let skewMs = 0;
  const nowMs = (): number => clock.now().getTime() + skewMs;
  return {
    headers() {
      const timestamp = String(nowMs());
      return {
        developer_key: developerKey,
        'secret-key': secretKeyOf(accessKey, timestamp),
        'secret-key-timestamp': timestamp,
      };
    },
    refused(dateHeader) {
      const theirs = httpDate(dateHeader);
      if (theirs === undefined || Math.abs(theirs.getTime() - nowMs()) < SKEW_MS.min) return;
      const learnt = theirs.getTime() - clock.now().getTime();
      if (Math.abs(learnt) > SKEW_MS.max) return;
      skewMs = learnt;
      log?.warn(
        { provider: 'eko', skewMs },
        'the provider refused our timestamp; its clock is used from now on. Is ours synchronised?',
      );
    },
  };
}

const MIN_MODULUS_BITS = 1_024; // the size of the key that Eko publishes for its test system

/** The provider's public key (PEM, key or certificate). Throws TypeError when it cannot be used. */
export function aadhaarKeyOf(pem: string): KeyObject {
  const key = read(pem.replaceAll(String.raw`\n`, '\n'));
  if (key?.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_MODULUS_BITS)
    throw new TypeError('the Aadhaar key is no RSA public key in PEM');
  return key;
}

function read(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** RSA with PKCS #1 v1.5 padding, in base64: other bytes each time. */
export function sealAadhaar(key: KeyObject, aadhaar: string): string {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(aadhaar, 'utf8')).toString(
    'base64',
  );
}
