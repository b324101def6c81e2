/**
 * One-time passwords. Which digits were sent is computed from the book's seed and the number of the challenge, so that no file holds them; the control
 * API shows them, and a setting replaces them all by one, which the book holds veiled by its seed. In memory: the latest challenges.
 */
import { createHash } from 'node:crypto';
import { mix32 } from '../book/hash-index';
import type { OtpEntry, OtpPurpose } from './entries';

const MOST_KEPT = 50_000;
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
  /** The digits of a setting as the book may hold them, and back: each moved by one that the seed gives. */
  veil(digits: string): string;
  unveil(veiled: string): string;
}

/** `seed` is asked for late, because challenges are replayed with the line that holds it. */
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

  /** Challenges are numbered from 0: the numbers below are for this. */
  const moved = (digits: string, sign: 1 | -1): string =>
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
      if (byNumber.size > MOST_KEPT) forget(byNumber.values().next().value!);
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
    veil: (digits) => moved(digits, 1),
    unveil: (veiled) => moved(veiled, -1),
  };
}

const keyOf = (purpose: OtpPurpose, subject: string): string => `${purpose} ${subject}`;

/** Nine digits, but an opaque base64 text for refunds, as in the samples. */
function refOf(purpose: OtpPurpose, n: number, seed: number): string {
  return purpose === 'refund'
    ? createHash('sha512').update(`${seed} ${n}`).digest('base64')
    : String(FIRST_REF + n);
}

export const kycRequestId = (n: number): string => String(FIRST_KYC_REQUEST + n);

/** What a challenge is worth with these digits. `subject` is what it has to have been sent for. */
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
