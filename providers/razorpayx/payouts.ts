import type { PayoutCalls } from '../../domain/payouts/port';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import type { Log } from '../../platform/logger';
import { REQUEST_ALTERED } from '../answers';
import { isUnaltered } from '../requests';
import { isIdOf } from '../razorpay-forms';
import type { RazorpayxClient } from './client';
import { createRegistration } from './registration';
import { payoutRequest } from './requests';
import { outcomeOfCreate, outcomeOfFetch, outcomeOfSearch, type OutcomeReading } from './transformers';

export interface PayoutsDeps {
  client: RazorpayxClient;
  /** The account of ours that pays. */
  accountNumber: string;
  notFound: NotFoundPolicy;
  reading: OutcomeReading;
  log?: Log;
}

export function createPayoutCalls(deps: PayoutsDeps): PayoutCalls {
  const { client, accountNumber, notFound, reading } = deps;
  return {
    notFound,
    ...createRegistration(client),
    prepare: (instruction) => payoutRequest(instruction, accountNumber),
    async send({ ourReference, idempotencyKey, refs }, prepared, call) {
      // Other bytes under a used key would be refused as a conflict, or pay something else: they are not
      // sent.
      if (!isUnaltered(prepared)) return REQUEST_ALTERED;
      const request = {
        method: 'POST',
        path: '/payouts',
        body: prepared.body,
        headers: { 'x-payout-idempotency': idempotencyKey },
        ourReference,
      } as const;
      const reply = await client.call('payout', request, call);
      return outcomeOfCreate(reply, { ourReference, fundAccount: refs.fund_account }, reading);
    },
    async inquire({ ourReference, providerReference }, call) {
      if (!isIdOf('pout', providerReference)) return searchPayout(deps, ourReference, call);
      const request = { method: 'GET', path: `/payouts/${providerReference}`, ourReference } as const;
      const reply = await client.call('payout_by_id', request, call);
      return outcomeOfFetch(reply, { ourReference, providerReference }, reading);
    },
  };
}

/** Asks for a payout by our reference, where we never learnt Razorpay's id of it. */
async function searchPayout(
  { client, accountNumber, reading, log }: PayoutsDeps,
  ourReference: string,
  call: Parameters<RazorpayxClient['call']>[2],
): ReturnType<PayoutCalls['inquire']> {
  const query = new URLSearchParams({
    account_number: accountNumber,
    reference_id: ourReference,
    count: '10',
  });
  const request = { method: 'GET', path: `/payouts?${query.toString()}`, ourReference } as const;
  const reply = await client.call('payout_by_reference', request, call);
  const answer = outcomeOfSearch(reply, { ourReference }, reading);
  if (answer.kind === 'unknown' && answer.rawStatus === '<duplicate at provider>')
    log?.error(
      { provider: 'razorpayx', reference: ourReference, found: answer.description },
      'several payouts of the provider carry one reference',
    );
  return answer;
}
