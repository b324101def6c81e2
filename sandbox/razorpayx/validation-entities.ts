/** Validations as RazorpayX shows them: answers in the newer shape, callbacks still in the older one. */
import type { Book } from './book';
import { contactEntity, fundAccountEntity } from './entities';
import type { FundAccountEntry } from './entries';
import type { Hook } from './hooks';
import { utrOf } from './ids';
import { findingOf, type ValidationStatus } from './validation-table';

const EVENT = 'fund_account.validation.';

const STATUS_DETAILS: Readonly<Record<ValidationStatus, object>> = {
  created: {
    description: 'Validation request is created',
    source: 'internal',
    reason: 'validation_request_created',
  },
  completed: {
    description: 'Validation request is completed',
    source: 'beneficiary_bank',
    reason: 'validation_completed',
  },
  failed: {
    description:
      'Validation failed due to a temporary technical issue at the partner bank. Please retry after 30 min.',
    source: 'gateway',
    reason: 'gateway_technical_error',
  },
};

export async function validationEntity(book: Book, slot: number) {
  const row = book.validations.row(slot);
  const status = book.validations.status(slot);
  const fundAccount = await book.parties.fundAccount(row.fund_account);
  const contact = await book.parties.contact(fundAccount.contact);
  const { contact_id: _contact, batch_id: _batch, ...shown } = fundAccountEntity(book, fundAccount);
  const { batch_id: _none, ...ofContact } = contactEntity(book, contact);
  return {
    id: book.ids.of('fav', slot),
    entity: 'fund_account.validation',
    status,
    ...(status !== 'failed' && { utr: utrOf('IMPS', slot, row.at) }),
    validation_results: resultsOf(status, fundAccount, contact.name),
    status_details: STATUS_DETAILS[status],
    reference_id: row.reference_id,
    notes: row.notes,
    fund_account: { ...shown, contact: ofContact },
  };
}

function resultsOf(status: ValidationStatus, { account }: FundAccountEntry, contactName: string) {
  const empty = status === 'failed' ? '' : null;
  if (status !== 'completed')
    return { account_status: empty, registered_name: empty, details: null, name_match_score: null };
  const { account_status, name, score } = findingOf(endingOf(account));
  const isThere = account_status === 'active' || account_status === 'valid';
  return {
    account_status,
    registered_name: name(account.type === 'bank_account' ? account.name : contactName),
    details: isThere ? 'The beneficiary account is valid.' : 'The beneficiary account is not valid.',
    name_match_score: score,
    ...(account.type === 'vpa' &&
      isThere && {
        validated_account_type: 'bank account',
        bank_account: {
          bank_routing_code: 'SNDB0000001',
          account_number: '000000000000',
          bank_name: 'Munim Sandbox Bank',
          account_type: 'saving',
        },
      }),
  };
}

export function endingOf(account: FundAccountEntry['account']): string {
  const text = account.type === 'vpa' ? account.address.split('@')[0]! : account.account_number;
  return text.slice(-4);
}

export const isOfValidation = ({ spec }: Hook): boolean => spec.event.startsWith(EVENT);

/** The body of a callback. It has no reference of ours. */
export async function validationWebhook(book: Book, hook: Hook): Promise<string> {
  const status = hook.spec.event === `${EVENT}completed` ? 'completed' : 'failed';
  const row = book.validations.row(hook.slot);
  const fundAccount = await book.parties.fundAccount(row.fund_account);
  const contact = await book.parties.contact(fundAccount.contact);
  const isBank = fundAccount.account.type === 'bank_account';
  const entity = {
    id: book.ids.of('fav', hook.slot),
    entity: 'fund_account.validation',
    fund_account: fundAccountEntity(book, fundAccount),
    status,
    amount: isBank ? 100 : null,
    currency: isBank ? 'INR' : null,
    notes: row.notes,
    results: resultsOf(status, fundAccount, contact.name),
    created_at: row.at,
    utr: isBank && status === 'completed' ? utrOf('IMPS', hook.slot, row.at) : null,
  };
  return JSON.stringify({
    entity: 'event',
    account_id: book.ids.of('acc', 0),
    event: hook.spec.event,
    contains: ['fund_account.validation'],
    payload: { 'fund_account.validation': { entity } },
    created_at: hook.at,
  });
}
