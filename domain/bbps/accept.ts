import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { errorOfConstraint, type ConstraintErrors } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import { publicId } from '../../platform/ids';
import { bytea, table, text, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import type { Policies } from '../policies/policies';
import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import { createAcceptance, type Accepted } from '../intake/accept';
import { refuseDuplicates } from '../intake/duplicates';
import { newRequest, partId, type Order } from '../intake/new-request';
import type { NewRequest, ServiceDetails } from '../intake/accepted-rows';
import { keepBill, type FetchResult } from './biller-json';
import type { Catalogue } from './catalogue';
import { BILL_DUPLICATES, fetchUsed, identitiesOf, type ComparedBill } from './duplicates';
import { openRequest, openResult, readFetch } from './fetch-rows';
import { billerUnknown, refuseUnavailable } from './fetches';
import { checkParameters } from './parameters';
import { billOf, quoteBill, refuseUnpayable, type BillPaymentRequest } from './payment';
import type { BbpsPolicies } from './policies';
import type { Bill, Biller } from './port';
import { remitterOf } from './remitter';
import { BILL_INSTRUCTION, type FetchRequest, type KeptInstruction } from './sealed';

export interface AcceptBills {
  /**
   * Throws what Acceptance.accept, quoteBill and remitterOf throw, and DomainError BBPS_FETCH_UNKNOWN,
   * BBPS_FETCH_REQUIRED, BBPS_BILLER_UNKNOWN, BBPS_BILLER_UNAVAILABLE, BBPS_PARAMETER_INVALID,
   * BBPS_BILL_UNKNOWN, BBPS_DUPLICATE_SUSPECTED, and what refuseUnpayable throws.
   */
  accept(caller: Caller, idempotencyKey: string, request: BillPaymentRequest): Promise<Accepted>;
}

export interface AcceptBillsDependencies {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
  cipher: FieldCipher;
  digest: KeyedDigest;
  policies: Policies;
  bbpsPolicies: BbpsPolicies;
  catalogue: Catalogue;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details extends ComparedBill {
  fetch: { id: string; reference: string } | null;
  biller: Pick<Biller, 'id' | 'name' | 'category'>;
  paymentMode: string;
  instructionSealed: string;
}
/** The bill and its customer, from a fetch or as the caller gave them. */
interface Subject {
  provider: string;
  biller: Biller;
  request: FetchRequest;
  fetch: Details['fetch'];
  fetched?: { result: FetchResult; bill: Bill | null };
}

const CONSTRAINT_ERRORS: ConstraintErrors = {
  // Of two concurrent payments of one fetch, the database accepts one.
  bbps_payments_fetch_once: fetchUsed,
};

export function createAcceptBills(deps: AcceptBillsDependencies): AcceptBills {
  const acceptance = createAcceptance<Details>({ ...deps, details: DETAILS });
  return {
    async accept(caller, idempotencyKey, request) {
      const order = { caller, key: idempotencyKey, hashes: hashRequest(deps.digest, request) };
      try {
        return await acceptance.accept(order, () => buildRequest(deps, order, request));
      } catch (error) {
        throw errorOfConstraint(error, CONSTRAINT_ERRORS);
      }
    },
  };
}

const DETAILS: ServiceDetails<Details> = {
  admit: refuseDuplicates<Details>(BILL_DUPLICATES),
  table: table('bbps_payments', {
    transaction_id: uuid((p) => p.id),
    fetch_id: uuid((p) => p.details.fetch?.id),
    biller_id: text((p) => p.details.biller.id),
    biller_name: text((p) => p.details.biller.name),
    category: text((p) => p.details.biller.category),
    payment_mode: text((p) => p.details.paymentMode),
    fetch_reference: text((p) => p.details.fetch?.reference),
    instruction_sealed: text((p) => p.details.instructionSealed),
    subject_fingerprint: bytea((p) => p.details.identities[0]!.subject),
    bill_fingerprint: bytea((p) => p.details.identities[0]!.bill),
  }),
};

async function buildRequest(
  deps: AcceptBillsDependencies,
  order: Order,
  request: BillPaymentRequest,
): Promise<NewRequest<Details>> {
  const now = deps.clock.now();
  const {
    provider,
    biller,
    request: { customer, counter },
    fetch,
    fetched,
  } = 'fetchId' in request.what
    ? await fromFetch(deps, order.caller.userId, request, { fetchId: request.what.fetchId, now })
    : await direct(deps, request, request.what);
  refuseUnavailable(biller);
  const quoted = quoteBill(request, { biller, fetched, userId: order.caller.userId, at: now }, deps);
  const remitter = remitterOf(request.paymentMode, request.remitter, customer);
  const id = partId(order, now);
  const kept: KeptInstruction = {
    customer,
    counter,
    remitter,
    bill: fetched?.bill === undefined || fetched.bill === null ? null : keepBill(fetched.bill),
  };
  const { amountPaise, currency, reference, paymentMode } = request;
  return newRequest(
    order,
    { service: 'bbps', currency, reference, at: now, policies: deps.policies },
    {
      provider,
      subject: biller.id,
      amountPaise,
      ...quoted,
      agreed: deps.policies.commission(
        { provider, service: 'bbps', class: biller.category, amountPaise },
        now,
      ),
    },
    {
      id,
      shown: {
        biller: { id: biller.id, name: biller.name },
        payment_mode: paymentMode,
        ...(fetch === null ? {} : { fetch: publicId('billFetch', fetch.id) }),
      },
      details: {
        fetch,
        biller,
        paymentMode,
        instructionSealed: deps.cipher.seal(JSON.stringify(kept), BILL_INSTRUCTION.place(id)),
        identities: identitiesOf(deps.digest, {
          userId: order.caller.userId,
          billerId: biller.id,
          parameters: customer.parameters,
          billNumber: fetched?.bill?.billNumber ?? null,
        }),
        amountPaise,
        acceptedAt: now,
        force: request.force,
        windowMs: deps.bbpsPolicies.timings().duplicateWindowMs,
      },
    },
  );
}

async function fromFetch(
  deps: AcceptBillsDependencies,
  userId: UserId,
  request: BillPaymentRequest,
  { fetchId, now }: { fetchId: string; now: Date },
): Promise<Subject> {
  const row = await readFetch(deps.knex, userId, fetchId);
  if (row === undefined)
    throw fieldError(
      BBPS_ERRORS.BBPS_FETCH_UNKNOWN,
      '#/fetch',
      'take the id of a fetch of yours from POST /v1/bbps/fetches',
    );
  refuseUnpayable(row, now);
  const biller = await deps.catalogue.ofProvider(row.provider, row.billerId);
  if (biller === undefined) throw billerUnknown();
  const result = openResult(deps.cipher, row)!;
  return {
    provider: row.provider,
    biller,
    request: openRequest(deps.cipher, row),
    fetch: { id: row.id, reference: row.providerReference! },
    fetched: { result, bill: billOf(result, request.billNumber) },
  };
}

async function direct(
  deps: AcceptBillsDependencies,
  request: BillPaymentRequest,
  what: { billerId: string; request: FetchRequest },
): Promise<Subject> {
  const found = await deps.catalogue.find(what.billerId);
  if (found === undefined) throw billerUnknown();
  if (found.biller.fetch === 'mandatory')
    throw fieldError(
      BBPS_ERRORS.BBPS_FETCH_REQUIRED,
      '#/fetch',
      'fetch the bill with POST /v1/bbps/fetches, and pay with the id of that fetch',
    );
  if (request.billNumber !== undefined)
    throw fieldError(
      BBPS_ERRORS.BBPS_BILL_UNKNOWN,
      '#/bill_number',
      'a bill has a number only when it was fetched',
    );
  checkParameters(found.biller.parameters, what.request.customer.parameters);
  return { ...found, request: what.request, fetch: null };
}

/**
 * A keyed digest of the canonical request, with which a second use of the key is compared. It is keyed
 * because consumer numbers can be guessed.
 */
export function hashRequest(
  digest: KeyedDigest,
  { what, amountPaise, currency, reference, paymentMode, remitter, billNumber, force }: BillPaymentRequest,
): readonly Buffer[] {
  const subject =
    'fetchId' in what
      ? [what.fetchId]
      : [
          what.billerId,
          what.request.customer.mobile,
          what.request.customer.name,
          what.request.customer.parameters.map((p) => [p.name, p.value]),
          what.request.counter.agentId,
          what.request.counter.terminalId,
          what.request.counter.mobile,
          what.request.counter.geocode,
          what.request.counter.pincode,
          what.request.counter.ip,
        ];
  return digest.every(
    'request',
    JSON.stringify([
      'bbps',
      amountPaise.toString(),
      currency,
      reference,
      paymentMode,
      billNumber ?? null,
      subject,
      // without these, the digest is that of requests from before they existed
      ...(remitter === undefined
        ? []
        : [[remitter.name, remitter.vpa, remitter.account?.number, remitter.account?.ifsc]]),
      ...(force ? ['force'] : []),
    ]),
  );
}
