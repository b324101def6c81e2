import type { KeyedDigest } from '../../platform/encryption';

export interface NewBeneficiary {
  name: string;
  account: { kind: 'bank'; accountNumber: string; ifsc: string } | { kind: 'vpa'; address: string };
}

/** Under every key that is valid; the first is kept. */
export function fingerprintsOf(digest: KeyedDigest, b: NewBeneficiary): readonly Buffer[] {
  return digest.every('beneficiary', canonical(b));
}

/** Details that differ only in case are the same beneficiary; a space in a name makes another one. */
function canonical(b: NewBeneficiary): string {
  const account =
    b.account.kind === 'bank' ? [b.account.accountNumber, b.account.ifsc] : [b.account.address.toLowerCase()];
  return JSON.stringify([b.account.kind, b.name.toLowerCase(), ...account]);
}
