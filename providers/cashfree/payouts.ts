import type { PayoutCalls } from '../../domain/payouts/port';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import { defined } from '../../platform/defined';
import { REQUEST_ALTERED, type OnUnlisted } from '../answers';
import { isUnaltered } from '../requests';
import type { Call, CashfreeClient } from './client';
import { createRegistration } from './registration';
import { transferRequest } from './requests';
import { isCfTransferId } from './schemas';
import { outcomeOfCreate, outcomeOfFetch } from './transformers';

export interface PayoutsDeps {
  client: CashfreeClient;
  fundsourceId?: string;
  notFound: NotFoundPolicy;
  onUnlisted: OnUnlisted;
}

export function createPayoutCalls({ client, fundsourceId, notFound, onUnlisted }: PayoutsDeps): PayoutCalls {
  return {
    notFound,
    ...createRegistration(client, onUnlisted),
    prepare: (instruction) => transferRequest(instruction, fundsourceId),
    async send({ ourReference, refs }, prepared, call) {
      // Other bytes under a used reference could pay something else: they are not sent.
      if (!isUnaltered(prepared)) return REQUEST_ALTERED;
      const request = { method: 'POST', path: '/transfers', body: prepared.body, ourReference } as const;
      const reply = await client.call('transfer', request, call);
      return outcomeOfCreate(reply, defined({ ourReference, beneficiary: refs.beneficiary }), onUnlisted);
    },
    async inquire({ ourReference, providerReference }, call) {
      const isKnown = isCfTransferId(providerReference);
      const query: Record<string, string> = isKnown
        ? { cf_transfer_id: providerReference }
        : { transfer_id: ourReference };
      const request: Call = { method: 'GET', path: '/transfers', query, ourReference };
      const operation = isKnown ? 'transfer_by_id' : 'transfer_by_reference';
      const reply = await client.call(operation, request, call);
      const expected = isKnown ? { ourReference, providerReference } : { ourReference };
      return outcomeOfFetch(reply, expected, onUnlisted);
    },
  };
}
