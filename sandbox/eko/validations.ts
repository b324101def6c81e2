/**
 * Verification of accounts. Every account exists unless it ends in 1111; one that ends in 5555 or 6666 gets no
 * answer. No call is found again afterwards: each is a verification of its own.
 */
import { EkoRefusal, NO_ANSWER, ok, type Data, type Reply } from './answers';
import { bankOfCode, type Bank } from './banks';
import { ACCOUNT, IFSC } from './fields';
import type { EkoDeps, EkoRequest } from './requests';
import { bankReference } from './times';

const NO_ACCOUNT = '1111';
const SILENT = new Set(['5555', '6666']);
const HOLDER = 'Test Account Holder';

const verification = (
  data: Partial<{ exists: boolean; name: string; ifsc: string; bank: Bank; utr: string }>,
): Data => ({
  account_exists: data.exists ?? false,
  account_name: data.name ?? null,
  ifsc: data.ifsc ?? null,
  bank: data.bank?.name ?? null,
  branch: data.bank === undefined ? null : 'Main Branch',
  utr: data.utr ?? null,
});
export const unverified = (message: string, data: Data): EkoRefusal =>
  new EkoRefusal({ status: 1, response_status_id: -1, message, response_type_id: 1388, data });

/** POST /tools/kyc/bank-account/sync: the account holder's name, by a penny drop. */
export function verifyAccount({ nowMs }: EkoDeps, { fields }: EkoRequest): Reply {
  const account = fields.text('bank_account', ACCOUNT);
  const ifsc = fields.text('ifsc', /^[A-Za-z0-9]{1,20}$/);
  if (SILENT.has(account.slice(-4))) return NO_ANSWER;
  if (!IFSC.test(ifsc)) throw unverified('Invalid IFSC code', verification({ ifsc }));
  const bank = bankOfCode(ifsc.slice(0, 4));
  if (bank === undefined) throw unverified('Bank not supported for verification', verification({}));
  if (account.endsWith(NO_ACCOUNT)) throw unverified('Invalid Account', verification({ ifsc, bank }));
  return ok(
    1388,
    'Bank account verification successful',
    verification({
      exists: true,
      name: HOLDER,
      ifsc,
      bank,
      utr: bankReference(Number(account.slice(-6).replaceAll(/\D/g, '0')), nowMs()),
    }),
  );
}

/**
 * POST /tools/kyc/bank-acc-verify-pennyless: the same without a payment; the envelope has no message. Eko
 * publishes no refusal of it: that of the penny drop stands in its place.
 */
export function verifyAccountPennyless(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const account = fields.text('account', ACCOUNT);
  const ifsc = fields.text('ifsc', IFSC);
  if (SILENT.has(account.slice(-4))) return NO_ANSWER;
  if (account.endsWith(NO_ACCOUNT)) throw unverified('Invalid Account', verification({ ifsc }));
  return {
    response_status_id: 0,
    response_type_id: 0,
    status: 0,
    data: {
      bank_ifsc: ifsc,
      bank_account_no: account,
      verified_beneficiary_name: HOLDER,
      message: 'Bank account verification successful',
      status: 'success',
    },
  };
}
