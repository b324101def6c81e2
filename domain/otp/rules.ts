import type { UserId } from '../ids/ids';
import type { KeyedDigest } from '../../platform/encryption';
import type { WantedPlaces } from '../../platform/window-counter';
import type { OtpKind, OtpRule } from '../policies/policies';

/** Whose password it is, and who asks. What is not known of a kind of password is not counted by. */
export interface OtpPeople {
  /**
   * The phone that gets the password, as `phoneDigests` gives it: under every key that is valid, so that a count
   * goes on when a key is replaced.
   */
  phones: readonly Buffer[];
  /** The user that calls; there is none yet where somebody signs in. */
  caller?: UserId;
  /** An agent of AEPS, as the provider knows them. */
  agent?: string;
  /** What the password is for, where a person may need several in a row: a transfer, a transaction. */
  subject?: string;
}

/**
 * A phone, the same for every service and every caller. It is the fingerprint of a sender
 * (`dmt_senders.mobile_fingerprint`), by which the database finds the tries of a transfer.
 */
export function phoneDigests(digest: KeyedDigest, mobile: string): readonly Buffer[] {
  return digest.every(PHONE, mobile);
}

/** For a limit of the month. */
export function phoneInMonthOf(at: Date, digest: KeyedDigest, mobile: string): Buffer {
  return digest.inMonthOf(at, PHONE, mobile);
}

const PHONE = 'dmt sender';

/** The places that `n` passwords take under these rules. A gap counts requests, everything else passwords. */
export function placesOf(
  kind: OtpKind,
  people: OtpPeople,
  rules: readonly OtpRule[],
  n: number,
): WantedPlaces<string>[] {
  return rules.flatMap(({ by, span, windowMs, most }) => {
    const key = `${kind}:${by}:${span}`;
    return [...new Set(identitiesOf(by, people))].map((whose) => ({
      key: `${key}:${whose}`,
      n: span === 'gap' ? 1 : n,
      windowMs,
      max: most,
    }));
  });
}

function identitiesOf(by: OtpRule['by'], people: OtpPeople): string[] {
  const phones = people.phones.map((phone) => phone.toString('hex'));
  switch (by) {
    case 'phone':
      return phones;
    case 'caller':
      return people.caller === undefined ? [] : [people.caller];
    case 'caller_phone':
      return people.caller === undefined ? [] : phones.map((phone) => `${people.caller}:${phone}`);
    case 'agent':
      return people.agent === undefined ? [] : [people.agent];
    case 'subject':
      return people.subject === undefined ? [] : phones.map((phone) => `${phone}:${people.subject}`);
  }
}
