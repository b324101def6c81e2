import type { UserId } from '../../domain/ids/ids';
import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { Bbps } from '../../domain/bbps/bbps';
import type { FetchRequest } from '../../domain/bbps/sealed';
import { billerView, type FetchView } from '../../domain/bbps/views';
import type { Waiting } from '../../domain/transactions/waiting';
import { DomainError } from '../../domain/errors/errors';
import { BBPS_ERRORS } from '../../domain/bbps/errors';
import { publicId } from '../../platform/ids';
import { authenticate, callerOf } from '../middleware/authenticate';
import { billersQuery, fetchBody, type CounterBody, type CustomerBody } from '../schemas/bbps';
import { preferredWaitS } from '../schemas/headers';
import { queryOf, refuseQuery } from '../schemas/query';
import { sendList, sendPage } from './pages';
import { atMost } from '../../platform/time-limit';
import { bodyOf, idOf } from '../middleware/input';

/**
 * The catalogue of billers (GET /v1/bbps/categories, /billers, /billers/{id}) and the fetching of bills (POST
 * /v1/bbps/fetches, GET /{id}).
 */
export function bbpsRoutes(deps: {
  authenticator: Authenticator;
  bbps: Pick<Bbps, 'catalogue' | 'fetches'>;
  waiting: Waiting;
}): Router {
  const router = new Router();
  const auth = authenticate(deps.authenticator, 'bbps:write');
  const { catalogue, fetches } = deps.bbps;

  router.get('/v1/bbps/categories', auth, async (ctx) => {
    refuseQuery(ctx);
    const data = (await catalogue.categories()).map(({ id, name }) => ({
      id,
      object: 'biller_category',
      name,
    }));
    sendList(ctx, data);
  });

  router.get('/v1/bbps/billers', auth, async (ctx) => {
    const query = queryOf(ctx, billersQuery);
    const page = await catalogue.billers(query.category, query);
    sendPage(ctx, { data: page.data.map(billerView), nextCursor: page.nextCursor });
  });

  router.get('/v1/bbps/billers/:id', auth, async (ctx) => {
    refuseQuery(ctx);
    const found = await catalogue.find(ctx.params.id ?? '');
    if (found === undefined) throw new DomainError(BBPS_ERRORS.BBPS_BILLER_NOT_FOUND);
    ctx.body = billerView(found.biller);
  });

  router.post('/v1/bbps/fetches', auth, async (ctx) => {
    refuseQuery(ctx);
    const waitS = preferredWaitS(ctx);
    const body = await bodyOf(ctx, fetchBody);
    const { userId } = callerOf(ctx);
    const { id, begun } = await fetches.start(callerOf(ctx), body.biller, requestOf(body));
    await atMost(waitS > 0 ? waitS * 1_000 : fetches.answerMs(), begun);
    const view = waitS > 0 ? await waited(deps, { userId, id }, waitS) : await fetches.get(userId, id);
    if (waitS > 0) ctx.set('Preference-Applied', `wait=${waitS}`);
    ctx.status = view.state === 'processing' ? 202 : 201;
    ctx.set('Location', `/v1/bbps/fetches/${publicId('billFetch', id)}`);
    if (view.state === 'processing') ctx.set('Retry-After', '1');
    ctx.body = view;
  });

  router.get('/v1/bbps/fetches/:id', auth, async (ctx) => {
    refuseQuery(ctx);
    const id = idOf('billFetch', ctx.params.id, BBPS_ERRORS.BBPS_FETCH_NOT_FOUND);
    const { userId } = callerOf(ctx);
    const waitS = preferredWaitS(ctx);
    ctx.body =
      waitS > 0
        ? await waited(deps, { userId, id }, waitS, () => ctx.req.socket.destroyed)
        : await fetches.get(userId, id);
    if (waitS > 0) ctx.set('Preference-Applied', `wait=${waitS}`);
  });
  return router;
}

/**
 * The fetch when it has ended, or as it stands when the time is over. Each look asks the provider, if that is
 * due.
 */
async function waited(
  deps: { bbps: Pick<Bbps, 'fetches'>; waiting: Waiting },
  { userId, id }: { userId: UserId; id: string },
  waitS: number,
  isGone: () => boolean = () => false,
): Promise<FetchView> {
  let view = await deps.bbps.fetches.get(userId, id);
  if (view.state !== 'processing') return view;
  await deps.waiting.until(id, waitS * 1_000, async () => {
    view = await deps.bbps.fetches.get(userId, id);
    return view.state !== 'processing' || isGone() ? view : undefined;
  });
  return view;
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
