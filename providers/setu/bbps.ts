import type { BillCalls, Biller, Complaint, FetchedBill } from '../../domain/bbps/port';
import type {
  DeskAnswer,
  InquiryTarget,
  NotFoundPolicy,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import { REQUEST_ALTERED, type OnUnlisted, type Reply } from '../answers';
import { isUnaltered } from '../requests';
import { billerOf, fetchedBillOf, readFetchRef } from './billers';
import { readBillers, readCategories, readFetch } from './catalogue-schemas';
import type { SetuClient } from './client';
import { ask, bodyOf, mapped } from './questions';
import { complaintRequest, fetchRequest, paymentRequest } from './requests';
import { isRef, readComplaint, readDisputes, readRefId, type ListedDispute } from './schemas';
import { findPayment, outcomeOfPayment, outcomeOfPaymentRequest, outcomeWithList } from './transformers';

const API = '/api/v2/bbps';
const PAGE = 100;
const MAX_PAGES = 100;
/** The list is asked by the days of our own timestamps; a lost answer is looked for within this. */
const DAY_MS = 86_400_000;
const LOOK_BACK_MS = 7 * DAY_MS;

export interface BbpsOptions {
  client: SetuClient;
  clock: Clock;
  notFound: NotFoundPolicy;
  onUnlisted: OnUnlisted;
  log?: Log;
}

/**
 * BillPay (COU v2): bills, payments and complaints are pairs of a request, which gives a refId, and a
 * response, which is asked by it.
 */
export function createBbps(options: BbpsOptions): BillCalls {
  return { ...payments(options), ...catalogue(options), ...fetches(options), ...complaints(options) };
}

function payments(options: BbpsOptions): Pick<BillCalls, 'notFound' | 'prepare' | 'send' | 'inquire'> {
  const { client, clock, notFound, onUnlisted } = options;
  return {
    notFound,
    prepare: (instruction) => paymentRequest(instruction),

    async send({ ourReference }, prepared, calling) {
      // Other bytes under a used reference would be answered as a duplicate, or pay something else: they are
      // not sent.
      if (!isUnaltered(prepared)) return REQUEST_ALTERED;
      return outcomeOfPaymentRequest(
        await client.call(
          'bill_payment',
          { method: 'POST', path: `${API}/bills/payment/request`, body: prepared.body, ourReference },
          calling,
        ),
      );
    },

    async inquire(target, calling) {
      const { ourReference, providerReference, mayHaveComeBack } = target;
      const list = (query: string): Promise<Reply> =>
        client.call(
          'transactions',
          { method: 'GET', path: `${API}/transactions?${query}`, ourReference },
          calling,
        );
      let refId = isRef(providerReference) ? providerReference : undefined;
      const isKnown = refId !== undefined;
      let page: Reply | undefined;
      if (refId === undefined) {
        page = await list(listQuery([ourReference], addMs(clock.now(), -LOOK_BACK_MS), clock.now()));
        const found = findPayment(page, ourReference);
        if ('kind' in found) return found;
        ({ refId } = found);
      }
      const body = JSON.stringify({ refId });
      const reply = await client.call(
        'bill_payment_status',
        { method: 'POST', path: `${API}/bills/payment/response`, body, ourReference },
        calling,
      );
      const outcome = outcomeOfPayment(reply, { ourReference, providerReference: refId }, onUnlisted);
      if (outcome.kind === 'succeeded' && (page !== undefined || mayHaveComeBack === true))
        return successOrReversal(
          options,
          target,
          outcome,
          page ?? (await list(dayQuery(options, target, outcome))),
        );
      // It exists, and the next inquiry asks by its reference.
      return outcome.kind === 'unknown' && !isKnown
        ? { kind: 'pending', sent: true, rawStatus: '<listed>', providerReference: refId }
        : outcome;
    },
  };
}

/**
 * payment/response has no word for a success whose money came back; the list has. A first success is not
 * worth the second question: it is asked about again.
 */
function successOrReversal(
  { onUnlisted, log }: BbpsOptions,
  { ourReference }: InquiryTarget,
  success: ProviderOutcome,
  page: Reply,
): InquiryAnswer {
  const listed = outcomeWithList(success, page, ourReference, onUnlisted);
  if (listed.kind !== 'not_found') return listed;
  log?.warn(
    { provider: 'setu', ourReference },
    'the transactions list does not have a payment that succeeded: whether its money came back cannot be asked',
  );
  return success;
}

/** The list of the day on which the payment was accepted, or of the last days where that is not known. */
function dayQuery(
  { clock }: BbpsOptions,
  { ourReference, acceptedAt }: InquiryTarget,
  { providerReference, utr }: ProviderOutcome,
): string {
  const ids = [providerReference, ourReference, utr];
  return acceptedAt === undefined
    ? listQuery(ids, addMs(clock.now(), -LOOK_BACK_MS), clock.now())
    : listQuery(ids, acceptedAt, addMs(acceptedAt, DAY_MS));
}

/**
 * `ids` narrows the list where Setu reads one of ours as one of them; where it does not, the list is empty or
 * whole, and neither is believed (findPayment).
 */
function listQuery(ids: readonly (string | undefined)[], from: Date, to: Date): string {
  return new URLSearchParams({
    startDate: businessDate(from),
    endDate: businessDate(to),
    ids: ids.filter((id) => id !== undefined).join(','),
    limit: String(PAGE),
  }).toString();
}

function catalogue(options: BbpsOptions): Pick<BillCalls, 'categories' | 'billers' | 'biller'> {
  return {
    categories: (calling = {}) =>
      mapped(
        ask(
          options.client,
          { operation: 'categories', method: 'GET', path: `${API}/categories` },
          readCategories,
          calling,
        ),
        (names) => names.map((name) => ({ id: name, name })),
      ),
    billers: (category, calling = {}) =>
      readBillerPages(options, new URLSearchParams({ categoryName: category, limit: String(PAGE) }), calling),
    async biller(id, calling = {}) {
      const answer = await readBillerPages(
        options,
        new URLSearchParams({ ids: id, limit: String(PAGE) }),
        calling,
      );
      if (!answer.ok) return answer;
      const biller = answer.value.find((b) => b.id === id);
      return biller === undefined
        ? { ok: false, kind: 'refused', rawStatus: '<no such biller>' }
        : { ok: true, value: biller };
    },
  };
}

/** Every page of a list of billers; what cannot be offered is counted and left out. */
async function readBillerPages(
  { client, clock, onUnlisted, log }: BbpsOptions,
  query: URLSearchParams,
  calling: ProviderCallOptions,
): Promise<DeskAnswer<Biller[]>> {
  const today = businessDate(clock.now());
  const found: Biller[] = [];
  const seen = new Set<string>();
  let leftOut = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await ask(
      client,
      { operation: 'billers', method: 'GET', path: `${API}/billers?${query.toString()}` },
      readBillers,
      calling,
    );
    if (!answer.ok) return answer;
    const { billers, after, unreadable } = answer.value;
    const fresh = billers.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    const offered = fresh.flatMap((fields) => billerOf(fields, today, onUnlisted) ?? []);
    found.push(...offered);
    leftOut += unreadable + fresh.length - offered.length;
    // the end, or pages that go round
    if (after === undefined || after === query.get('after') || fresh.length === 0) break;
    query.set('after', after);
  }
  if (leftOut > 0)
    log?.warn(
      { provider: 'setu', leftOut },
      'some billers cannot be offered: they are not in the form of the contract, or of a kind that is not served',
    );
  return { ok: true, value: found };
}

function fetches({ client, onUnlisted }: BbpsOptions): Pick<BillCalls, 'startFetch' | 'fetched'> {
  return {
    async startFetch(request, calling = {}) {
      const body = bodyOf(() => fetchRequest(request));
      if (!body.ok) return body;
      return mapped(
        ask(
          client,
          {
            operation: 'bill_fetch',
            method: 'POST',
            path: `${API}/bills/fetch/request`,
            body: body.value,
            ourReference: request.ourReference,
          },
          readRefId,
          calling,
        ),
        processing,
      );
    },
    async fetched(ref, calling = {}) {
      const { refId } = readFetchRef(ref);
      if (!isRef(refId)) return { ok: false, kind: 'refused', rawStatus: '<no such fetch>' };
      const answer = await ask(
        client,
        {
          operation: 'bill_fetch_status',
          method: 'POST',
          path: `${API}/bills/fetch/response`,
          body: JSON.stringify({ refId }),
        },
        readFetch,
        calling,
      );
      if (!answer.ok) return answer;
      return answer.value.refId === refId
        ? { ok: true, value: fetchedBillOf(answer.value, onUnlisted) }
        : { ok: false, kind: 'unknown', rawStatus: '<other fetch>' };
    },
  };
}

const processing = (refId: string): FetchedBill => ({
  refId,
  state: 'processing',
  bills: [],
  exactness: null,
  reason: null,
  additional: [],
});

function complaints({
  client,
}: BbpsOptions): Required<Pick<BillCalls, 'complain' | 'complaint' | 'complaintsAbout'>> {
  return {
    async complain(transactionReference, disposition, description, calling = {}) {
      const body = bodyOf(() => complaintRequest(transactionReference, disposition, description));
      if (!body.ok) return body;
      return mapped(
        ask(
          client,
          {
            operation: 'complaint',
            method: 'POST',
            path: `${API}/bills/complaint/request`,
            body: body.value,
          },
          readRefId,
          calling,
        ),
        requested,
      );
    },
    async complaint(refId, calling = {}) {
      if (!isRef(refId)) return { ok: false, kind: 'refused', rawStatus: '<no such complaint>' };
      const call = {
        method: 'POST',
        path: `${API}/bills/complaint/response`,
        body: JSON.stringify({ refId }),
      } as const;
      return mapped(
        ask(client, { operation: 'complaint_status', ...call }, readComplaint, calling),
        ({ disputeId, status, assignedTo, ticketTat, remarks }): Complaint => ({
          refId,
          disputeId: disputeId ?? null,
          status,
          assignedTo: assignedTo ?? null,
          dueOn: ticketTat ?? null,
          remarks: remarks ?? null,
        }),
      );
    },
    async complaintsAbout(ourReference, calling = {}) {
      const answer = await readDisputePages(client, ourReference, calling);
      if (!answer.ok) return answer;
      // Lines of other payments show that the filter was not applied; with every page read, what is ours is
      // among them all the same.
      const ours = answer.value
        .filter((d) => d.paymentRefId === ourReference)
        .toSorted((a, b) => a.raisedAtMs - b.raisedAtMs);
      return {
        ok: true,
        value: ours.map((d) => ({
          refId: d.refId,
          disputeId: d.disputeId ?? null,
          status: d.status,
          assignedTo: d.assignedTo ?? null,
          dueOn: d.ticketTat ?? null,
          remarks: d.remarks ?? null,
          npciCode: d.disposition ?? null,
        })),
      };
    },
  };
}

/** Every page of the disputes about a payment; anything short of the whole list is unknown. */
async function readDisputePages(
  client: SetuClient,
  ourReference: string,
  calling: ProviderCallOptions,
): Promise<DeskAnswer<ListedDispute[]>> {
  const query = new URLSearchParams({ paymentRefIds: ourReference, limit: String(PAGE) });
  const found = new Map<string, ListedDispute>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await ask(
      client,
      { operation: 'disputes', method: 'GET', path: `${API}/disputes?${query.toString()}` },
      readDisputes,
      calling,
    );
    if (!answer.ok) return answer;
    for (const dispute of answer.value.disputes) found.set(dispute.refId, dispute);
    const { after } = answer.value;
    if (after === undefined) return { ok: true, value: [...found.values()] };
    if (after === query.get('after')) break; // pages that go round
    query.set('after', after);
  }
  return { ok: false, kind: 'unknown', rawStatus: '<list without an end>' };
}

/** The ticket is made behind the answer: its number and status are asked by the refId. */
const requested = (refId: string): Complaint => ({
  refId,
  disputeId: null,
  status: '<requested>',
  assignedTo: null,
  dueOn: null,
  remarks: null,
});
