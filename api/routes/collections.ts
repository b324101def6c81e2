import type { Collections } from '../../domain/collection/collections';
import { COLLECTION_ERRORS } from '../../domain/collection/errors';
import { paiseFromJson } from '../../platform/money';
import { publicId } from '../../platform/ids';
import type { Wake } from '../../platform/wake';
import { collection } from '../answers/collections';
import { acceptedCollection } from '../answers/transactions';
import { acceptedAs, ACCEPTING_ERRORS, found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, reply, sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { collectionBody, collectionConfirmationBody } from '../schemas/collections';

export interface CollectionRouteDependencies {
  collections: Collections;
  wake: Wake;
}
const route = routesOf<CollectionRouteDependencies>();

const COMMON = { tag: 'Collections' } as const;
const ONE = {
  ...COMMON,
  idempotency: 'none',
  params: { id: idParameter('transaction', COLLECTION_ERRORS.COLLECTION_NOT_FOUND) },
} as const;

export const collectionRoutes = [
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/collections',
    summary: 'Let somebody pay for a wallet',
    description: [
      'The payer pays on the page of a provider, which `GET /v1/collections/{id}` names in `checkout` as soon as the',
      'provider has made its order. The wallet is credited when the provider says that it was paid, and never because',
      'a browser came back.',
    ].join('\n'),
    access: key('collection:write'),
    limits: 'money',
    idempotency: 'key',
    body: json(collectionBody),
    answers: acceptedAs(acceptedCollection),
    problems: [...ACCEPTING_ERRORS, COLLECTION_ERRORS.COLLECTION_AMOUNT_OUT_OF_RANGE],
    examples: [
      {
        summary: 'A thousand rupees for the main wallet',
        body: {
          kind: 'wallet_load',
          amount: 100_000,
          currency: 'INR',
          reference: 'load-1001',
          return_url: 'https://shop.example/wallet',
        },
      },
    ],
    handle: async ({ caller, key, body: { amount, return_url: returnUrl = null, ...body } }, deps) => {
      const { collections, wake } = deps;
      const request = { ...body, amountPaise: paiseFromJson(amount), returnUrl };
      const accepted = await collections.accept(caller, key, request);
      return sendAccepted(accepted, wake, `/v1/collections/${publicId('transaction', accepted.id)}`);
    },
  }),
  route({
    ...ONE,
    method: 'GET',
    path: '/v1/collections/{id}',
    summary: 'What is to be paid, and whether it was',
    access: key('transactions:read'),
    limits: 'read',
    answers: found('The collection, with its checkout while it may be paid', collection),
    problems: [COLLECTION_ERRORS.COLLECTION_NOT_FOUND],
    handle: async ({ caller, params }, { collections }) =>
      ok(await collections.reader.get(caller.userId, params.id)),
  }),
  route({
    ...ONE,
    method: 'POST',
    path: '/v1/collections/{id}/confirmation',
    summary: 'Pass on what the checkout said',
    description:
      'What the checkout of the provider hands to an app. If the provider has signed it, it is asked now; the answer ' +
      'is in the collection a moment later. It credits nobody by itself.',
    access: key('collection:write'),
    limits: 'desk',
    body: json(collectionConfirmationBody),
    answers: {
      202: {
        description: 'It is signed, and the provider is asked; the collection as it stands',
        schema: collection,
      },
    },
    problems: [COLLECTION_ERRORS.COLLECTION_NOT_FOUND, COLLECTION_ERRORS.COLLECTION_CONFIRMATION_REFUSED],
    examples: [
      {
        summary: 'As it came from the checkout',
        body: {
          payment: 'pay_IH4NVgf4Dreq1l',
          signature: '34e54fc403561b4f9bd4df51fe30b7c8f9d614d823e82a8e4389a8669f5af0b2',
        },
      },
    ],
    handle: async ({ caller, params, body }, { collections }) => {
      await collections.confirm(caller.userId, params.id, body);
      return reply(202, await collections.reader.get(caller.userId, params.id));
    },
  }),
];
