import Joi from 'joi';
import type { UserId } from '../../domain/ids/ids';
import type { Bbps } from '../../domain/bbps/bbps';
import { BBPS_ERRORS } from '../../domain/bbps/errors';
import type { FetchRequest } from '../../domain/bbps/sealed';
import { billerView, type FetchView } from '../../domain/bbps/views';
import { DomainError } from '../../domain/errors/errors';
import type { Waiting } from '../../domain/transactions/waiting';
import { publicId } from '../../platform/ids';
import { atMost } from '../../platform/time-limit';
import { biller, billerList, categoryList, fetch } from '../answers/bbps';
import { found, page } from '../registry/answers';
import { idParameter, textParameter } from '../registry/parameters';
import { listOf, ok, pageOf, reply } from '../registry/replies';
import { json, key, routesOf, type Answer } from '../registry/route';
import {
  billersQuery,
  COUNTER_EXAMPLE,
  CUSTOMER_EXAMPLE,
  fetchBody,
  type CounterBody,
  type CustomerBody,
} from '../schemas/bbps';
import { preferWait } from '../schemas/headers';

export interface BbpsRouteDependencies {
  bbps: Pick<Bbps, 'catalogue' | 'fetches'>;
  waiting: Waiting;
}
const route = routesOf<BbpsRouteDependencies>();
const COMMON = { tag: 'Bills', access: key('bbps:write'), idempotency: 'none' } as const;

const catalogueRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/categories',
    summary: 'The categories of billers',
    limits: 'read',
    answers: found('All of them', categoryList),
    problems: ['PROVIDER_UNAVAILABLE'],
    handle: async ({ request }, { bbps }) => {
      const categories = await bbps.catalogue.categories();
      const data = categories.map(({ id, name }) => ({ id, object: 'biller_category', name }));
      return listOf(request, data);
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/billers',
    summary: 'The billers of a category',
    limits: 'list',
    query: billersQuery,
    answers: page(billerList, 'One page'),
    problems: [BBPS_ERRORS.BBPS_CATEGORY_UNKNOWN, 'PROVIDER_UNAVAILABLE'],
    examples: [{ summary: 'Electricity', query: { category: 'Electricity' } }],
    handle: async ({ query, request }, { bbps }) => {
      const page = await bbps.catalogue.billers(query.category, query);
      return pageOf(request, { data: page.data.map(billerView), nextCursor: page.nextCursor });
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/billers/{id}',
    summary: 'A biller, and what it asks of a customer',
    limits: 'read',
    params: {
      id: textParameter(
        'The id of a biller',
        Joi.string()
          .max(40)
          .pattern(/^[A-Za-z0-9]{1,40}$/),
        'SUND00000MAH01',
      ),
    },
    answers: found('The biller', biller),
    problems: [BBPS_ERRORS.BBPS_BILLER_NOT_FOUND, 'PROVIDER_UNAVAILABLE'],
    handle: async ({ params }, { bbps }) => {
      const biller = await bbps.catalogue.find(params.id);
      if (biller === undefined) throw new DomainError(BBPS_ERRORS.BBPS_BILLER_NOT_FOUND);
      return ok(billerView(biller.biller));
    },
  }),
];

const WAITED = { 'Preference-Applied': 'How long the answer was held at most' };
const FETCHED: Answer = { description: 'The fetch as it stands', schema: fetch, headers: WAITED };

const fetchRoutes = [
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/bbps/fetches',
    summary: 'Fetch the bill of a customer',
    limits: 'desk',
    headers: { waitS: preferWait },
    body: json(fetchBody),
    answers: {
      201: {
        description: 'The fetch has ended',
        schema: fetch,
        headers: { ...WAITED, Location: 'Where it is found' },
      },
      202: {
        description: 'The biller has not answered yet',
        schema: fetch,
        headers: {
          ...WAITED,
          Location: 'Where it is found',
          'Retry-After': 'Seconds until it is worth to ask',
        },
      },
    },
    problems: [...Object.values(BBPS_ERRORS), 'PROVIDER_UNAVAILABLE', 'POLICY_NOT_FOUND'],
    examples: [
      {
        summary: 'A bill of electricity',
        body: { biller: 'SUND00000MAH01', customer: CUSTOMER_EXAMPLE, counter: COUNTER_EXAMPLE },
      },
    ],
    handle: async ({ caller, headers: { waitS }, body }, deps) => {
      const { fetches } = deps.bbps;
      const { userId, keyId } = caller;
      const { id, begun } = await fetches.start(caller, body.biller, requestOf(body));
      await atMost(waitS > 0 ? waitS * 1_000 : fetches.answerMs(), begun);
      const view =
        waitS > 0 ? await waited(deps, { userId, id, who: keyId }, waitS) : await fetches.get(userId, id);
      const headers = { ...applied(waitS), Location: `/v1/bbps/fetches/${publicId('billFetch', id)}` };
      return view.state === 'processing'
        ? reply(202, view, { ...headers, 'Retry-After': '1' })
        : reply(201, view, headers);
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/fetches/{id}',
    summary: 'A fetch as it stands',
    limits: 'wait',
    params: { id: idParameter('billFetch', BBPS_ERRORS.BBPS_FETCH_NOT_FOUND) },
    headers: { waitS: preferWait },
    answers: { 200: FETCHED },
    problems: [BBPS_ERRORS.BBPS_FETCH_NOT_FOUND, 'PROVIDER_UNAVAILABLE'],
    handle: async ({ caller, params, headers: { waitS }, request }, deps) => {
      const fetch = { userId: caller.userId, id: params.id, who: caller.keyId };
      const view =
        waitS > 0
          ? await waited(deps, fetch, waitS, () => request.isGone())
          : await deps.bbps.fetches.get(fetch.userId, fetch.id);
      return ok(view, applied(waitS));
    },
  }),
];

/** The catalogue of billers, and the fetching of bills. */
export const bbpsRoutes = [...catalogueRoutes, ...fetchRoutes];

const applied = (waitS: number): Record<string, string> =>
  waitS > 0 ? { 'Preference-Applied': `wait=${waitS}` } : {};

/**
 * The fetch when it has ended, or as it stands when the time is over. Each look asks the provider, if that is
 * due.
 */
async function waited(
  deps: { bbps: Pick<Bbps, 'fetches'>; waiting: Waiting },
  { userId, id, who }: { userId: UserId; id: string; who: string },
  waitS: number,
  isGone: () => boolean = () => false,
): Promise<FetchView> {
  const view = await deps.bbps.fetches.get(userId, id);
  if (view.state !== 'processing') return view;
  const last = await deps.waiting.until<FetchView>(id, {
    timeoutMs: waitS * 1_000,
    who,
    read: () => deps.bbps.fetches.get(userId, id),
    isOver: ({ state }) => state !== 'processing',
    isGone,
  });
  return last ?? view;
}

/** Customer and counter as the domain has them. */
export function requestOf({
  customer,
  counter: c,
}: {
  customer: CustomerBody;
  counter: CounterBody;
}): FetchRequest {
  return {
    customer: { mobile: customer.mobile, name: customer.name ?? null, parameters: customer.parameters },
    counter: {
      agentId: c.agent_id,
      terminalId: c.terminal_id,
      mobile: c.mobile,
      geocode: c.geocode,
      pincode: c.pincode,
      ip: c.ip,
    },
  };
}
