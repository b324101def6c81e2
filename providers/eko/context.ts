import type { KeyObject } from 'node:crypto';
import type {
  DeskAnswer,
  InquiryTarget,
  NotFoundPolicy,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { InquiryAnswer } from '../../domain/provider/outcome';
import { DomainError } from '../../domain/errors/errors';
import type { OnUnlisted, Reply } from '../answers';
import { refuseUnless } from '../requests';
import type { Call, EkoClient } from './client';
import { TID } from './requests';
import { outcomeOfInquiry } from './transformers';

/** The parts that the services of the connector share. */
export interface EkoContext {
  client: EkoClient;
  /** The mobile number under which the organisation is known. */
  initiatorId: string;
  /** The organisation's own code, where a call wants one and no agent is at work. */
  userCode: string;
  aadhaarKey: KeyObject;
  /** The address that a call wants and no counter gave. */
  sourceIp: string;
  notFound: NotFoundPolicy;
  onUnlisted: OnUnlisted;
}

/**
 * A `client_ref_id` names one attempt and is never sent again, so there is nothing to repeat. The policy row
 * says when it has failed.
 */
export const NOT_FOUND: NotFoundPolicy = { then: 'fail' };

/** AEPS and bill fetches wait for a bank or a biller. */
export const SLOW_MS = 60_000;

const BY_REFERENCE = /^[0-9A-Za-z]{1,40}$/;

/** Asks by Eko's id when it gave one, else by our reference. The question is the same for every service. */
export async function inquire(
  { client, initiatorId, onUnlisted }: EkoContext,
  { ourReference, providerReference }: InquiryTarget,
  options?: ProviderCallOptions,
): Promise<InquiryAnswer> {
  const tid = providerReference !== undefined && TID.test(providerReference) ? providerReference : undefined;
  if (tid === undefined && !BY_REFERENCE.test(ourReference))
    return { kind: 'unknown', sent: true, rawStatus: '<no reference to ask by>' };
  const reply = await client.call(
    {
      operation: tid === undefined ? 'inquiry_by_reference' : 'inquiry_by_tid',
      method: 'GET',
      route: '/tools/reference/transaction/{reference}',
      ids: { reference: tid ?? `client_ref_id:${ourReference}` },
      query: { initiator_id: initiatorId },
      ourReference,
    },
    options,
  );
  return outcomeOfInquiry(reply, { ourReference, providerReference: tid }, onUnlisted);
}

/**
 * Asks a question that moves no money, and reads its answer. A question whose values the contract cannot
 * express is refused without being sent.
 */
export function askEko<T>(
  { client, onUnlisted }: EkoContext,
  read: (reply: Reply, onUnlisted: OnUnlisted) => DeskAnswer<T>,
  callOf: () => Call,
  options?: ProviderCallOptions,
): Promise<DeskAnswer<T>> {
  return refusedUnlessSendable(async () => read(await client.call(callOf(), options), onUnlisted));
}

/** The answer, or a refusal when the contract cannot express the values (PROVIDER_REJECTED). */
export async function refusedUnlessSendable<T>(ask: () => Promise<DeskAnswer<T>>): Promise<DeskAnswer<T>> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'PROVIDER_REJECTED') throw error;
    return { ok: false, kind: 'refused', rawStatus: '<request not sendable>', rawReason: error.detail };
  }
}

const AADHAAR = /^[2-9]\d{11}$/;
const PID_BYTES = { min: 20, max: 200_000 };

/** Says what is wrong, never the value. */
export function refuseUnlessBiometrics({ aadhaar, pid }: { aadhaar: string; pid?: string }): void {
  refuseUnless(AADHAAR.test(aadhaar), 'the Aadhaar number');
  refuseUnless(
    pid === undefined || (pid.length >= PID_BYTES.min && pid.length <= PID_BYTES.max),
    'the PID block',
  );
}
