import { sealedColumn, type DigestedColumns } from '../../platform/encryption';
import { fingerprintsOf } from './fingerprints';

/** The sealed columns of a beneficiary. */
export const BENEFICIARY_NAME = sealedColumn('beneficiaries', 'name_sealed');
export const BENEFICIARY_ACCOUNT = sealedColumn('beneficiaries', 'account_sealed');

/** By which it is found again. */
export const BENEFICIARY_FINGERPRINT: DigestedColumns = {
  table: 'beneficiaries',
  columns: ['fingerprint'],
  reads: ['t.kind', 't.ifsc'],
  of(digest, { name_sealed: name, account_sealed: account }, [kind, ifsc]) {
    const details =
      kind === 'vpa'
        ? ({ kind, address: account! } as const)
        : ({ kind: 'bank', accountNumber: account!, ifsc: ifsc! } as const);
    return [fingerprintsOf(digest, { name: name!, account: details })[0]!];
  },
};
