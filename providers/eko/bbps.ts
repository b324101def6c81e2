import type { Biller, BillCalls, FetchedBill } from '../../domain/bbps/port';
import type { DeskAnswer, ProviderCallOptions } from '../../domain/provider/calls';
import type { Call } from './client';
import { askEko, refusedUnlessSendable, SLOW_MS, type EkoContext } from './context';
import { billQuery, billRequest } from './requests';
import { queuedCalls } from './queued';
import { refuseUnless } from '../requests';
import type { ListedBiller, ReadBill } from './schemas';
import { answerTo } from './transformers';

const OPERATORS = '/customer/payment/bbps/operators';

/** Bills through Eko: a fetch answers at once, and the payment is sent once. */
export function createBillCalls(context: EkoContext): BillCalls {
  const { initiatorId } = context;
  const prepare: BillCalls['prepare'] = (instruction) => billRequest(instruction, { initiatorId });
  return {
    ...queuedCalls(
      context,
      { service: 'bbps', operation: 'bill_payment', route: '/customer/payment/bbps' },
      prepare,
    ),
    paysUnderFetchReference: true, // one client_ref_id for fetch and payment, a fresh one for a retry
    ...catalogue(context),
    async startFetch(request, options) {
      const answer = await askEko(
        context,
        answerTo.bill,
        () => ({
          operation: 'bill_fetch',
          method: 'GET',
          route: '/customer/payment/bbps/bill',
          query: billQuery(request, { initiatorId }),
          totalMs: SLOW_MS,
          ourReference: request.ourReference,
        }),
        options,
      );
      return answer.ok ? { ok: true, value: fetchedBill(request.ourReference, answer.value) } : answer;
    },
    fetched: () =>
      Promise.resolve({ ok: false, kind: 'refused', rawStatus: '<fetches are answered at once>' }),
  };
}

function catalogue(context: EkoContext): Pick<BillCalls, 'categories' | 'billers' | 'biller'> {
  const initiator = { initiator_id: context.initiatorId };
  const list = (
    queryOf: () => Record<string, string>,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<ListedBiller[]>> =>
    askEko(
      context,
      answerTo.billers,
      () => ({
        operation: 'billers',
        method: 'GET',
        route: OPERATORS,
        query: { ...initiator, ...queryOf() },
      }),
      options,
    );
  const parametersCall = (id: string): Call => ({
    operation: 'biller_parameters',
    method: 'GET',
    route: '/customer/payment/bbps/operator/{operator_id}/parameters',
    ids: { operator_id: id },
    query: initiator,
  });
  return {
    categories: (options) =>
      askEko(
        context,
        answerTo.categories,
        () => ({
          operation: 'bill_categories',
          method: 'GET',
          route: '/customer/payment/bbps/categories',
          query: initiator,
        }),
        options,
      ),
    async billers(category, options) {
      const answer = await list(() => {
        refuseUnless(/^\d{1,6}$/.test(category), 'the category');
        return { category };
      }, options);
      return answer.ok ? { ok: true, value: answer.value.map((b) => billerOf(b, b.mustFetch, [])) } : answer;
    },
    // The parameters come without the category, and the list without the parameters.
    biller: (id, options) =>
      refusedUnlessSendable(async () => {
        refuseUnless(/^\d{1,9}$/.test(id), 'the biller');
        const [billers, asks] = await Promise.all([
          list(() => ({}), options),
          askEko(context, answerTo.parameters, () => parametersCall(id), options),
        ]);
        if (!asks.ok) return asks;
        if (!billers.ok) return billers;
        const found = billers.value.find((biller) => biller.id === id);
        return found === undefined
          ? { ok: false, kind: 'refused', rawStatus: '<biller not listed>' }
          : { ok: true, value: billerOf(found, asks.value.mustFetch, asks.value.parameters) };
      }),
  };
}

/**
 * A bill that has to be fetched has to be paid as it is: another amount is refused (208). Nothing is
 * said about the others. Billers that are down are not listed.
 */
function billerOf(
  { id, name, category }: ListedBiller,
  mustFetch: boolean,
  parameters: Biller['parameters'],
): Biller {
  return {
    id,
    name,
    category,
    parameters,
    fetch: mustFetch ? 'mandatory' : 'optional',
    exactness: mustFetch ? 'exact' : 'any',
    minPaise: null,
    maxPaise: null,
    paymentModes: ['Cash'],
    modeLimits: [],
    convenienceFees: [],
    isAvailable: true,
  };
}

function fetchedBill(refId: string, answer: { bill: ReadBill } | { reason: string | null }): FetchedBill {
  if (!('bill' in answer))
    return { refId, state: 'failed', bills: [], exactness: null, reason: answer.reason, additional: [] };
  const { amountPaise, dueDate, billDate, customerName } = answer.bill;
  return {
    refId,
    state: 'fetched',
    exactness: 'exact',
    reason: null,
    additional: [],
    bills: [
      {
        amountPaise,
        billNumber: null,
        billDate,
        dueDate,
        period: null,
        customerName,
        minPaise: null,
        maxPaise: null,
        multiplePaise: null,
      },
    ],
  };
}
