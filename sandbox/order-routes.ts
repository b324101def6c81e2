/** The routes of the control API that order scenarios and faults, the same for every provider. */
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { readBody, readId, readScenario, showScenario, type MatchNames } from './control-input';
import type { Orders } from './orders';

/** Orders of a provider, whose faults may have fields of their own. */
type OrdersWith<Fault extends { id: number }> = Pick<
  Orders,
  'scenarios' | 'addScenario' | 'removeScenarios' | 'removeFaults'
> & {
  faults(): Fault[];
  addFault(order: Omit<Fault, 'id'>): Fault;
};

export interface OrderRoutesOptions<Fault extends { id: number }> {
  /** Empty, or a path with parameters such as `/:product`. */
  prefix: string;
  names: MatchNames;
  ordersOf: (ctx: Context) => OrdersWith<Fault>;
  /** What the scenarios mean, as `GET /scenarios` lists it. */
  explanation: () => Record<string, unknown>;
  readFault: (ctx: Context, body: Record<string, unknown>) => Omit<Fault, 'id'>;
  showFault: (fault: Fault) => object;
}

export function addOrderRoutes<Fault extends { id: number }>(
  router: Router,
  { prefix, names, ordersOf, explanation, readFault, showFault }: OrderRoutesOptions<Fault>,
): void {
  const [scenarios, faults] = [`${prefix}/scenarios`, `${prefix}/faults`];
  const show = showScenario(names);
  router.get(scenarios, (ctx) => {
    ctx.body = { ...explanation(), orders: ordersOf(ctx).scenarios().map(show) };
  });
  router.post(scenarios, async (ctx) => {
    const order = readScenario(await readBody(ctx), names);
    ctx.status = 201;
    ctx.body = show(ordersOf(ctx).addScenario(order));
  });
  router.delete([scenarios, `${scenarios}/:id`], (ctx) => {
    ctx.body = { removed: ordersOf(ctx).removeScenarios(readId(ctx)) };
  });
  router.get(faults, (ctx) => {
    ctx.body = { orders: ordersOf(ctx).faults().map(showFault) };
  });
  router.post(faults, async (ctx) => {
    const order = readFault(ctx, await readBody(ctx));
    ctx.status = 201;
    ctx.body = showFault(ordersOf(ctx).addFault(order));
  });
  router.delete([faults, `${faults}/:id`], (ctx) => {
    ctx.body = { removed: ordersOf(ctx).removeFaults(readId(ctx)) };
  });
}
