import type { UserId } from '../ids/ids';
import type { KeyedDigest } from '../../platform/encryption';
import type { WantedPlaces } from '../../platform/window-counter';
import type { OtpKind, OtpRule } from '../policies/policies';

/** Whose password it is, and who asks. What is not known of a kind of password is not counted by. */
export interface OtpPeople {
  /** The phone that gets the password, as `phoneDigest` gives it. */
  phone: Buffer;
  /** The user that calls. */
  caller: UserId;
  /** An agent of AEPS, as the provider knows them. */
  agent?: string;
  /** What the password is for, where a person may need several in a row: a transfer, a transaction. */
  subject?: string;
}

/**
 * A phone, the same for every service and every caller. It is the fingerprint of a sender
 * (`dmt_senders.mobile_fingerprint`), by which the database finds the tries of a transfer.
 */
export function phoneDigest(digest: KeyedDigest, mobile: string): Buffer {
  return digest('dmt sender', mobile);
}

/** The places that `n` passwords take under these rules. A gap counts requests, everything else passwords. */
export function placesOf(
  kind: OtpKind,
  people: OtpPeople,
  rules: readonly OtpRule[],
  n: number,
): WantedPlaces<string>[] {
  return rules.flatMap(({ by, span, windowMs, most }) => {
    const whose = identityOf(by, people);
    return whose === undefined
      ? []
      : [{ key: `${kind}:${by}:${span}:${whose}`, n: span === 'gap' ? 1 : n, windowMs, max: most }];
  });
}

function identityOf(by: OtpRule['by'], people: OtpPeople): string | undefined {
  const phone = people.phone.toString('hex');
  switch (by) {
    case 'phone':
      return phone;
    case 'caller':
      return people.caller;
    case 'caller_phone':
      return `${people.caller}:${phone}`;
    case 'agent':
      return people.agent;
    case 'subject':
      return people.subject === undefined ? undefined : `${phone}:${people.subject}`;
  }
}
