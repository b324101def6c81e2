import type {
  ValidationAnswer,
  ValidationCalls,
  ValidationInstruction,
  ValidationKind,
} from '../../domain/validations/port';
import { DomainError } from '../../domain/errors/errors';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { defined } from '../../platform/defined';
import { listed, type OnUnlisted, type Reply } from '../answers';
import { refuseUnless } from '../requests';
import type { Call } from './client';
import type { EkoContext } from './context';
import { bodyOf, numberOf, type Field } from './requests';
import type { Envelope } from './schemas';
import { isRefusalOfParams, refusesUs } from './set-up';
import { envelopeOf } from './transformers';

/**
 * Account verification, with a rupee (`bank-account/sync`) or without (`bank-acc-verify-pennyless`). The
 * answer comes at once; there is no inquiry, so one that got no answer stays unknown. Of the call without a
 * rupee only the success is published: whatever else it answers is unknown too, and never "invalid".
 */
const ACCOUNT = /^[A-Za-z0-9]{5,35}$/;
const IFSC = /^[A-Z]{4}0[A-Z0-9]{6}$/;
const REFERENCE = /^[0-9A-Za-z]{1,20}$/;
const PENNILESS_TYPE = 0;
const PENNY_DROP_TYPE = 1388;

/** The three refusals of the penny drop that Eko publishes, by their sentence: they have one code. */
export const PENNY_DROP_REFUSALS: Readonly<Record<string, { kind: ValidationKind; reason: string }>> = {
  'Invalid Account': { kind: 'invalid', reason: 'invalid_account' },
  'Invalid IFSC code': { kind: 'invalid', reason: 'invalid_ifsc' },
  'Bank not supported for verification': { kind: 'failed', reason: 'bank_not_supported' },
};

export function createValidationCalls({ client, initiatorId, onUnlisted }: EkoContext): ValidationCalls {
  return {
    kinds: ['bank'],
    async validate(instruction, options) {
      const isPennyDrop = instruction.method === 'penny_drop';
      const check = isPennyDrop ? PENNY_DROP : PENNILESS;
      const call = sendable(() => callOf(check, instruction, initiatorId));
      if (call === undefined) return { kind: 'refused', sent: false, rawStatus: '<request not sendable>' };
      const reply = await client.call(call, options);
      return (isPennyDrop ? answerToPennyDrop : answerToPenniless)(reply, instruction, onUnlisted);
    },
  };
}

function sendable(make: () => Call): Call | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'PROVIDER_REJECTED') return undefined;
    throw error;
  }
}

interface Check {
  operation: string;
  route: string;
  accountField: (accountNumber: string) => readonly [name: string, value: Field];
}
const PENNILESS: Check = {
  operation: 'account_check',
  route: '/tools/kyc/bank-acc-verify-pennyless',
  accountField: (accountNumber) => ['account', accountNumber],
};
const PENNY_DROP: Check = {
  operation: 'account_penny_drop',
  route: '/tools/kyc/bank-account/sync',
  // Documented as a number. One with a leading zero, which a number would lose, goes as text.
  accountField: (accountNumber) => ['bank_account', numberOf(accountNumber)],
};

function callOf(
  { operation, route, accountField }: Check,
  instruction: ValidationInstruction,
  initiatorId: string,
): Call {
  const { accountNumber, ifsc } = bankAccountOf(instruction);
  const { ourReference } = instruction;
  const body = bodyOf([
    ['initiator_id', initiatorId],
    ['client_ref_id', ourReference],
    accountField(accountNumber),
    ['ifsc', ifsc],
  ]);
  return { operation, method: 'POST', route, body, ourReference };
}

function bankAccountOf({ beneficiary: { account }, ourReference }: ValidationInstruction): {
  accountNumber: string;
  ifsc: string;
} {
  refuseUnless(account.kind === 'bank', 'an address of payment');
  refuseUnless(ACCOUNT.test(account.accountNumber), 'the account number');
  refuseUnless(IFSC.test(account.ifsc), 'the IFSC');
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  return account;
}

export function answerToPenniless(
  reply: Reply,
  instruction: ValidationInstruction,
  onUnlisted: OnUnlisted,
): ValidationAnswer {
  const read = envelopeOf(reply);
  if ('outcome' in read) return withoutAnswer(read.outcome);
  const { envelope } = read;
  const { status, typeId, data } = envelope;
  if (status !== 0 || typeId !== PENNILESS_TYPE || data.status !== 'success')
    return refusedOrUnknown(envelope, onUnlisted);
  const { accountNumber, ifsc } = bankAccountOf(instruction);
  if (data.bank_account_no !== accountNumber || data.bank_ifsc !== ifsc) return unknown('<other account>');
  return validWith(data.verified_beneficiary_name, undefined);
}

export function answerToPennyDrop(
  reply: Reply,
  instruction: ValidationInstruction,
  onUnlisted: OnUnlisted,
): ValidationAnswer {
  const read = envelopeOf(reply);
  if ('outcome' in read) return withoutAnswer(read.outcome);
  const { envelope } = read;
  const { status, typeId, message, data } = envelope;
  const { ifsc } = bankAccountOf(instruction);
  if (status === 0 && typeId === PENNY_DROP_TYPE && data.account_exists === true)
    return data.ifsc === ifsc ? validWith(data.account_name, data.utr) : unknown('<other account>');
  const refusal =
    status === 1 && typeId === PENNY_DROP_TYPE && data.account_exists === false && message !== undefined
      ? listed(PENNY_DROP_REFUSALS, message)
      : undefined;
  if (refusal === undefined) return refusedOrUnknown(envelope, onUnlisted);
  return { kind: refusal.kind, sent: true, rawStatus: `type ${PENNY_DROP_TYPE}`, rawReason: refusal.reason };
}

/** A name that is none leaves the account valid: it exists, and nobody says whose it is. */
function validWith(name: unknown, utr: unknown): ValidationAnswer {
  return {
    kind: 'valid',
    sent: true,
    rawStatus: 'success',
    ...defined({
      registeredName: textOf(name, /^[^\p{Cc}]{1,200}$/u),
      utr: textOf(utr, /^(?=.*\d)[A-Za-z0-9/-]{6,40}$/),
    }),
  };
}

function textOf(value: unknown, form: RegExp): string | undefined {
  const text = typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : '';
  return form.test(text) ? text : undefined;
}

/**
 * `invalid_params` about the account, in the form of a refusal: nothing was done. About our reference or about us:
 * not an answer to it.
 */
function refusedOrUnknown(envelope: Envelope, onUnlisted: OnUnlisted): ValidationAnswer {
  const { status, typeId, invalidParams } = envelope;
  const rawStatus = `status ${status}`;
  if (refusesUs(envelope)) return { kind: 'unknown', sent: false, rawStatus };
  if (isRefusalOfParams(envelope) && !invalidParams.includes('client_ref_id'))
    return { kind: 'refused', sent: true, rawStatus, rawReason: invalidParams.join(',').slice(0, 80) };
  onUnlisted(status === 0 ? `type ${typeId ?? 'none'}` : rawStatus);
  return unknown(rawStatus);
}

function withoutAnswer({ sent, rawStatus, retryAfterMs }: ProviderOutcome): ValidationAnswer {
  return { kind: 'unknown', sent, rawStatus, ...defined({ retryAfterMs }) };
}

function unknown(rawStatus: string): ValidationAnswer {
  return { kind: 'unknown', sent: true, rawStatus };
}
