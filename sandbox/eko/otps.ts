/**
 * One-time passwords. The digits are computed from the book's seed and the number of the challenge, so no
 * file contains them; the control API shows them. A setting can replace all of them by one value, which the
 * book stores veiled by its seed. The latest challenges are kept in memory.
 */
import { createHash } from 'node:crypto';
import { mix32 } from '../book/hash-index';
import type { OtpEntry, OtpPurpose } from './entries';

const MAX_CHALLENGES = 50_000;
const FIRST_REF = 666_800_000;
const FIRST_KYC_REQUEST = 9_332_000;

export interface Challenge {
  n: number;
  ref: string;
  purpose: OtpPurpose;
  mobile: string;
  subject: string;
  at: number;
  used: boolean;
}

export type OtpVerdict = 'good' | 'wrong' | 'used' | 'expired';

export interface Otps {
  add(entry: OtpEntry): Challenge;
  use(n: number): void;
  /** The number of the next challenge. */
  readonly next: number;
  byNumber(n: number): Challenge | undefined;
  find(ref: string): Challenge | undefined;
  /** The newest challenge for a subject. */
  latest(purpose: OtpPurpose, subject: string): Challenge | undefined;
  digits(challenge: Challenge): string;
  recent(max: number, mobile?: string): Challenge[];
  /**
   * Encodes the digits of the setting for the book and back: each digit is shifted by an amount from the
   * seed.
   */
  veil(digits: string): string;
  unveil(veiled: string): string;
}

/** `seed` is a function because it is known only once the book's first line has been read. */
export function createOtps(seed: () => number): Otps {
  const byRef = new Map<string, Challenge>();
  const byNumber = new Map<number, Challenge>();
  const newest = new Map<string, Challenge>();
  let next = 0;

  function forget(challenge: Challenge): void {
    byRef.delete(challenge.ref);
    byNumber.delete(challenge.n);
    const key = keyOf(challenge.purpose, challenge.subject);
    if (newest.get(key) === challenge) newest.delete(key);
  }

  /** Challenges use the seed plus 0, 1, 2 …, so the setting uses the numbers below the seed. */
  const shifted = (digits: string, sign: 1 | -1): string =>
    Array.from(digits, (digit, i) => (Number(digit) + sign * (mix32(seed() - 1 - i) % 10) + 10) % 10).join(
      '',
    );

  return {
    get next() {
      return next;
    },
    add({ n, at, purpose, mobile, subject }) {
      const challenge: Challenge = {
        n,
        ref: refOf(purpose, n, seed()),
        purpose,
        mobile,
        subject,
        at,
        used: false,
      };
      next = n + 1;
      byRef.set(challenge.ref, challenge);
      byNumber.set(n, challenge);
      newest.set(keyOf(purpose, subject), challenge);
      if (byNumber.size > MAX_CHALLENGES) forget(byNumber.values().next().value!);
      return challenge;
    },
    use(n) {
      const challenge = byNumber.get(n);
      if (challenge !== undefined) challenge.used = true;
    },
    byNumber: (n) => byNumber.get(n),
    find: (ref) => byRef.get(ref),
    latest: (purpose, subject) => newest.get(keyOf(purpose, subject)),
    digits: ({ n, purpose }) => {
      const length = purpose === 'transfer' || purpose === 'mobile' ? 4 : 6;
      return String(mix32(seed() + n) % 10 ** length).padStart(length, '0');
    },
    recent: (max, mobile) =>
      [...byNumber.values()]
        .filter((c) => mobile === undefined || c.mobile === mobile)
        .slice(-max)
        .toReversed(),
    veil: (digits) => shifted(digits, 1),
    unveil: (veiled) => shifted(veiled, -1),
  };
}

const keyOf = (purpose: OtpPurpose, subject: string): string => `${purpose} ${subject}`;

/** Nine digits; for refunds an opaque base64 text, for withdrawals `FP…`, as in the samples. */
function refOf(purpose: OtpPurpose, n: number, seed: number): string {
  if (purpose === 'withdrawal') return `FP${String(FIRST_REF + n).padStart(16, '0')}`;
  return purpose === 'refund'
    ? createHash('sha512').update(`${seed} ${n}`).digest('base64')
    : String(FIRST_REF + n);
}

export const kycRequestId = (n: number): string => String(FIRST_KYC_REQUEST + n);

/** Judges the digits that were entered. `subject` is the purpose that the OTP must have been sent for. */
export function verdictOf(
  otps: Otps,
  challenge: Challenge | undefined,
  given: { purpose: OtpPurpose; subject: string; otp: string; nowMs: number },
  settings: { otp: string | null; otpTtlMs: number },
): OtpVerdict {
  if (challenge === undefined || challenge.purpose !== given.purpose || challenge.subject !== given.subject)
    return 'wrong';
  if (challenge.used) return 'used';
  if (given.nowMs - challenge.at > settings.otpTtlMs) return 'expired';
  return given.otp === (settings.otp ?? otps.digits(challenge)) ? 'good' : 'wrong';
}
