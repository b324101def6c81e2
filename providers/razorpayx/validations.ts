import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type {
  ValidationAnswer,
  ValidationCalls,
  ValidationInstruction,
  ValidationKind,
  ValidationMethod,
} from '../../domain/validations/port';
import { defined } from '../../platform/defined';
import {
  isSuccess,
  listed,
  outcomeOfNoAnswer,
  strangeError,
  type Answer,
  type OnUnlisted,
  type Reply,
} from '../answers';
import { absentAs, isFields, no, yes, type Fields, type Reading } from '../reading';
import { isIdOf, readCollection, readError } from '../razorpay-forms';
import type { RazorpayxClient } from './client';
import { contactRequest, fundAccountRequest } from './requests';

/**
 * Account validation in its composite form: contact, fund account and validation by one call. On a Lite
 * account only, as far as Razorpay's documentation says, and not in its test mode. There is no idempotency
 * key, so the request is sent once and looked for afterwards.
 */
export interface ValidationSettings {
  client: RazorpayxClient;
  /** The account of ours that pays for it. */
  accountNumber: string;
  onUnlisted: OnUnlisted;
}

const PATH = '/fund_accounts/validations';
const REFERENCE = /^[\x21-\x7e]{1,40}$/;
const VALIDATION_TYPES: Readonly<Record<ValidationMethod, string>> = {
  penny_drop: 'pennydrop',
  penniless: 'penniless',
  either: 'optimized',
};

export function createValidationCalls(settings: ValidationSettings): ValidationCalls {
  const { client, accountNumber, onUnlisted } = settings;
  return {
    kinds: ['bank', 'vpa'],
    async validate(instruction, options) {
      const body = validationRequest(instruction, accountNumber);
      if (body === undefined) return { kind: 'refused', sent: false, rawStatus: '<request not sendable>' };
      const { ourReference } = instruction;
      const reply = await client.call(
        'validation',
        { method: 'POST', path: PATH, body, ourReference },
        options,
      );
      return answerToValidation(reply, instruction, onUnlisted);
    },
    async inquire({ ourReference, providerReference }, options) {
      if (isIdOf('fav', providerReference)) {
        const reply = await client.call(
          'validation_by_id',
          { method: 'GET', path: `${PATH}/${providerReference}`, ourReference },
          options,
        );
        return answerToQuestion(reply, { ourReference, providerReference }, onUnlisted);
      }
      const path = `${PATH}?account_number=${encodeURIComponent(accountNumber)}`;
      const reply = await client.call('validations', { method: 'GET', path, ourReference }, options);
      return answerToSearch(reply, ourReference, onUnlisted);
    },
  };
}

/** The exact body; undefined for what Razorpay's contract cannot express. */
export function validationRequest(
  { ourReference, method, beneficiary }: ValidationInstruction,
  accountNumber: string,
): string | undefined {
  const contact = contactRequest(beneficiary);
  const account = fundAccountRequest(beneficiary, '');
  if (contact === undefined || account === undefined || !REFERENCE.test(ourReference)) return undefined;
  const { contact_id: _none, ...fundAccount } = JSON.parse(account) as Fields;
  return JSON.stringify({
    source_account_number: accountNumber,
    // an address of payment has no types
    ...(beneficiary.account.kind === 'bank' && { validation_type: VALIDATION_TYPES[method] }),
    reference_id: ourReference,
    fund_account: { ...fundAccount, contact: JSON.parse(contact) as Fields },
  });
}

/** A validation as they show it. */
export interface Validation {
  id: string;
  status: string;
  accountStatus: string | undefined;
  registeredName: string | undefined;
  nameScore: number | undefined;
  utr: string | undefined;
  reason: string | undefined;
  referenceId: string | undefined;
  /** The number or the address that was validated, where they repeat it. */
  account: string | undefined;
}

const isAbsent = absentAs('null', 'NA');
const WORD = /^[a-z][a-z0-9_]{0,79}$/;
const UTR = /^(?=.*\d)[A-Za-z0-9/-]{6,40}$/;

/** In the newer shape (`validation_results`) and in the older one (`results`), which webhooks still have. */
export function readValidation(value: unknown): Reading<Validation> {
  if (!isFields(value) || value.entity !== 'fund_account.validation') return no('entity');
  if (!isIdOf('fav', value.id)) return no('id');
  if (typeof value.status !== 'string' || !WORD.test(value.status)) return no('status');
  if (!isAbsent(value.reference_id) && typeof value.reference_id !== 'string') return no('reference_id');
  const results = fieldsOf(value.validation_results ?? value.results);
  if (!isAbsent(results.account_status) && word(results.account_status) === undefined)
    return no('account_status');
  const fundAccount = fieldsOf(value.fund_account);
  const account = fieldsOf(fundAccount.bank_account).account_number ?? fieldsOf(fundAccount.vpa).address;
  return yes({
    id: value.id,
    status: value.status,
    accountStatus: word(results.account_status),
    registeredName: nameOf(results.registered_name),
    nameScore: scoreOf(results.name_match_score),
    utr: typeof value.utr === 'string' && UTR.test(value.utr) ? value.utr : undefined,
    reason: word(fieldsOf(value.status_details).reason),
    referenceId: isAbsent(value.reference_id) ? undefined : (value.reference_id as string),
    account: typeof account === 'string' && account !== '' ? account : undefined,
  });
}

/** 0 to 100 as a number, as a text (`"00"`, `"90.00"`) or not at all. Anything else is no score. */
export function scoreOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,3}(?:\.\d{1,4})?$/.test(text)) return undefined;
  const score = Math.floor(Number(text));
  return score <= 100 ? score : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || isAbsent(value) || /\p{Cc}/u.test(value)) return undefined;
  const name = value.trim();
  return name === '' || name.length > 200 ? undefined : name;
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const word = (value: unknown): string | undefined =>
  typeof value === 'string' && !isAbsent(value) && WORD.test(value) ? value : undefined;

/** Every documented status. `completed` says that there is a result, and not that the account is valid. */
export const VALIDATION_STATUSES = {
  created: 'pending',
  completed: 'completed',
  failed: 'failed', // a technical fault, or IMPS is off at the bank; nothing is known of the account
} as const;
/** `active` by the list of fields; two of the samples have `valid`. */
export const ACCOUNT_STATUSES = {
  active: 'valid',
  valid: 'valid',
  invalid: 'invalid',
} as const satisfies Record<string, ValidationKind>;

/** The answer to `POST /fund_accounts/validations`. */
export function answerToValidation(
  reply: Reply,
  { ourReference, beneficiary }: ValidationInstruction,
  onUnlisted: OnUnlisted,
): ValidationAnswer {
  if (reply.kind !== 'answer') return withoutAnswer(reply);
  if (!isSuccess(reply.status)) return refusalOf(reply);
  return answerOf(reply.json, { ourReference, account: accountOf(beneficiary) }, onUnlisted);
}

/** The answer to `GET /fund_accounts/validations/{id}`: a refusal says nothing of the validation. */
function answerToQuestion(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): ValidationAnswer {
  if (reply.kind !== 'answer') return { ...withoutAnswer(reply), sent: true };
  if (!isSuccess(reply.status)) return { ...refusalOf(reply), kind: 'unknown', sent: true };
  return answerOf(reply.json, expected, onUnlisted);
}

/**
 * The answer to `GET /fund_accounts/validations?account_number=…`. No filter by our reference is documented,
 * and no length of the list: one that is not there may be further down, so that proves nothing.
 */
function answerToSearch(reply: Reply, ourReference: string, onUnlisted: OnUnlisted): ValidationAnswer {
  if (reply.kind !== 'answer' || !isSuccess(reply.status))
    return answerToQuestion(reply, { ourReference }, onUnlisted);
  const items = readCollection(reply.json);
  if (!items.ok) return unrecognised(items.field);
  const ours = items.value.filter((item) => isFields(item) && item.reference_id === ourReference);
  if (ours.length === 0) return { kind: 'unknown', sent: true, rawStatus: '<not in the list>' };
  if (ours.length > 1) return { kind: 'unknown', sent: true, rawStatus: '<duplicate at provider>' };
  return answerOf(ours[0], { ourReference }, onUnlisted);
}

interface Expected {
  ourReference: string;
  providerReference?: string;
  account?: string;
}

/** What disagrees with what we asked for is no answer about our validation. */
function answerOf(json: unknown, expected: Expected, onUnlisted: OnUnlisted): ValidationAnswer {
  const read = readValidation(json);
  if (!read.ok) return unrecognised(read.field);
  const { id, status, accountStatus, referenceId, account, reason, utr } = read.value;
  const other = (rawStatus: string): ValidationAnswer => ({ kind: 'unknown', sent: true, rawStatus });
  if (expected.providerReference !== undefined && id !== expected.providerReference)
    return other('<other validation>');
  if (referenceId !== undefined && referenceId !== expected.ourReference) return other('<other reference>');
  if (expected.account !== undefined && account !== undefined && account !== expected.account)
    return other('<other account>');
  const kind = kindOf(read.value, onUnlisted);
  const found = kind === 'valid' || kind === 'invalid';
  return {
    kind,
    sent: true,
    rawStatus: status,
    providerReference: id,
    ...defined({
      rawReason: reason ?? (kind === 'unknown' ? accountStatus : undefined),
      utr,
      registeredName: found ? read.value.registeredName : undefined,
      nameScore: found ? read.value.nameScore : undefined,
    }),
  };
}

/** Completed with neither a status of the account nor a name is "invalid" too (their questions and answers). */
function kindOf(
  { status, accountStatus, registeredName }: Validation,
  onUnlisted: OnUnlisted,
): ValidationKind {
  const meaning = listed(VALIDATION_STATUSES, status);
  if (meaning === undefined) onUnlisted(status);
  if (meaning !== 'completed') return meaning ?? 'pending';
  if (accountStatus === undefined && registeredName === undefined) return 'invalid';
  const kind = accountStatus === undefined ? undefined : listed(ACCOUNT_STATUSES, accountStatus);
  if (kind === undefined) onUnlisted(`completed ${accountStatus ?? 'without account_status'}`);
  return kind ?? 'unknown';
}

/** What we send and no caller chooses: a complaint about it is about us. */
const OUR_FIELDS = new Set([
  'source_account_number',
  'validation_type',
  'account_type',
  'type',
  'reference_id',
]);

/**
 * Refused at the door (401, 403), or as a documented 400 about the account: nothing was done. A 400 that names
 * neither field nor reason, or a field of ours, is about us. Anything else may have come too late.
 */
function refusalOf(reply: Answer): ValidationAnswer {
  const error = readError(reply.json);
  const retry = defined({ retryAfterMs: reply.retryAfterMs });
  if (error === undefined)
    return { kind: 'unknown', sent: true, rawStatus: strangeError(reply).rawStatus, ...retry };
  const { code, field, reason, source } = error;
  const answer = { rawStatus: code, ...defined({ rawReason: reason ?? field }), ...retry };
  if (reply.status === 401 || reply.status === 403) return { ...answer, kind: 'unknown', sent: false };
  if (reply.status !== 400 || code !== 'BAD_REQUEST_ERROR' || source === 'internal')
    return { ...answer, kind: 'unknown', sent: true };
  const last = field?.slice(field.lastIndexOf('.') + 1);
  const isAboutUs =
    last === undefined
      ? reason === undefined || reason === 'insufficient_funds' || reason === 'authentication_failed'
      : OUR_FIELDS.has(last);
  return isAboutUs ? { ...answer, kind: 'unknown', sent: false } : { ...answer, kind: 'refused', sent: true };
}

function withoutAnswer(reply: Exclude<Reply, Answer>): ValidationAnswer {
  const { sent, rawStatus, retryAfterMs } = outcomeOfNoAnswer(reply);
  return { kind: 'unknown', sent, rawStatus, ...defined({ retryAfterMs }) };
}

function unrecognised(field: string): ValidationAnswer {
  return { kind: 'unknown', sent: true, rawStatus: '<unrecognised answer>', rawReason: field };
}

function accountOf({ account }: BeneficiaryDetails): string {
  return account.kind === 'bank' ? account.accountNumber : account.address;
}

/** The event names one of ours by their id. What it says is asked for, in the newer shape. */
export function validationInEvent(payload: Fields): Reading<string> {
  const entity = fieldsOf(payload['fund_account.validation']).entity;
  const read = readValidation(entity);
  return read.ok ? yes(read.value.id) : no(`payload.fund_account.validation.entity.${read.field}`);
}
