import { transactionId, type TransactionId, type UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { aloneAfter } from '../../platform/gather';
import { DomainError } from '../errors/errors';
import type { Ids } from '../../platform/ids';
import { percentOf, type Paise } from '../../platform/money';
import { bytea, date, int2, int4, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import type { Capture, Captures } from '../captures/captures';
import { openCases, type NewCase } from '../cases/cases';
import { insertAttempts, namesOfAttempt, type Attempt } from '../dispatch/attempts';
import type { Policies } from '../policies/policies';
import type { LookAtDoor, RiskDoor } from '../risk/door';
import { newRequest, partId } from '../intake/new-request';
import { referenceTaken } from '../intake/accept';
import { findByKey, insertAccepted, type NewRequest, type ServiceDetails } from '../intake/accepted-rows';
import { firstDriveAt } from '../lifecycle/due';
import { beginAttempt } from '../lifecycle/drives';
import { applyChange, lockTransactionsForUpdate, writeChanges } from '../lifecycle/moves';
import { AEPS_ERRORS } from './errors';
import { lockAgentForUpdate, type AepsAgent } from './agent-rows';
import { refuseUnlessReady } from './agents';
import { checkAmount, limitsOf, reserve, type CustomerLimits } from './limits';
import { otpFor } from './otp-use';
import type { AepsPolicies, AepsPolicy } from './policy';
import { requireTerminal } from './terminals';
import { distanceM, positionOf, type AepsOrder } from './request';
import { measureVelocity, velocityCase, velocityRefusal } from './velocity';
import { CUSTOMER_MOBILE } from './sealed';

/**
 * The first of the three steps, in one database transaction: the request and its transaction, the moves
 * accepted -> held -> dispatched (nothing is held), the attempt with our reference, and the limits. Locks, in
 * this order: the agent, the new rows, the customer's counter. A refusal leaves nothing but a case, so its
 * key may be used again.
 */
export interface Begun {
  kind: 'begun';
  id: TransactionId;
  attempt: Attempt;
  userCode: string;
  answerBefore: Date;
  /** The provider's id of the one-time password that the finger was captured with. */
  otpRequestRef: string | undefined;
}
export type Beginning = Begun | { kind: 'replay'; id: TransactionId };

export interface BeginDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  policies: Policies;
  aepsPolicies: AepsPolicies;
  captures: Captures;
  provider: string;
  /** Without it no rule of risk stops anything. */
  riskDoor?: RiskDoor;
}
/** An order with the values derived from it. */
export interface Ordered {
  userId: UserId;
  key: string;
  hashes: readonly Buffer[];
  customer: Buffer;
  /** The reference that the limits go by, at an instant. */
  customerRefAt: (at: Date) => Buffer;
  capture: Capture;
  order: AepsOrder;
}

interface Details {
  order: AepsOrder;
  position: ReturnType<typeof positionOf>;
  userId: UserId;
  customer: Buffer;
  customerRef: Buffer;
  mobileSealed: string;
  businessDate: string;
  dayCap: number | null;
  otpAbovePaise: Paise | null;
  createdAt: Date;
}

class Refused extends Error {
  constructor(
    readonly refusal: DomainError,
    readonly cases: NewCase[],
  ) {
    super(refusal.message);
  }
}

/**
 * Throws DomainError AEPS_AGENT_NOT_FOUND, AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REQUIRED, AEPS_DAILY_KYC_REQUIRED,
 * AEPS_AMOUNT_OUT_OF_RANGE, AEPS_POSITION_INVALID, AEPS_TERMINAL_UNKNOWN, AEPS_CUSTOMER_LIMIT,
 * AEPS_VELOCITY_REFUSED, AEPS_UNDER_REVIEW, CAPTURE_USED, what `otpFor` throws,
 * IDEMPOTENCY_KEY_REUSED, TRANSACTION_REFERENCE_TAKEN, IDEMPOTENCY_IN_PROGRESS, SERVICE_UNAVAILABLE.
 */
export async function begin(deps: BeginDependencies, ordered: Ordered): Promise<Beginning> {
  const policy = deps.aepsPolicies.at(deps.clock.now());
  const look = await deps.riskDoor?.open();
  const [begun] = await tried([ordered], async () => [
    await deps.knex.transaction((trx) => beginIn(trx, deps, ordered, { policy, look })),
  ]);
  if (begun instanceof Refused) {
    await openCases(deps.knex, deps.ids, begun.cases, deps.clock.now());
    throw begun.refusal;
  }
  if (begun instanceof Error) throw begun;
  return begun!;
}

const tried = aloneAfter({
  tries: 3,
  unconfirmed: (cause) =>
    new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'the request could not be confirmed; send it again with the same Idempotency-Key',
      retryAfterS: 1,
      cause,
    }),
  contended: (cause) => new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1, cause }),
});

async function beginIn(
  trx: Knex.Transaction,
  deps: BeginDependencies,
  ordered: Ordered,
  { policy, look }: { policy: AepsPolicy; look: LookAtDoor | undefined },
): Promise<Beginning> {
  const { order, userId } = ordered;
  const agent = await lockAgentForUpdate(trx, userId);
  const now = deps.clock.now(); // after the lock, so that a long wait for it does not date the transaction back
  refuseUnlessReady(agent, policy.dormantAfterMonths, now);
  checkAmount(order, deps.policies, now);
  await requireTerminal(trx, userId, order.terminal.id);
  const customerRef = ordered.customerRefAt(now);
  const otpRequestRef = await otpOf(trx, ordered, { policy, customerRef, now });
  const limits = limitsOf(
    order.kind,
    customerRef,
    { policies: deps.policies, customerDayCount: policy.customerDayCount },
    now,
  );
  const request = requestOf(deps, ordered, { agent, policy, limits, customerRef, now });
  const [verdict] = await insertAccepted(trx, DETAILS, [request]);
  switch (verdict!.kind) {
    case 'replay':
      return { kind: 'replay', id: transactionId(verdict!.id) };
    case 'key_reused':
      throw keyReused();
    case 'reference_taken':
      throw referenceTaken();
    case 'in_progress':
      throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
    case 'inserted':
      break;
  }
  // Only now, so that the same key again finds its withdrawal whatever capture it brings.
  await deps.captures.use(trx, ordered.capture);
  const id = idOf(request);
  await refuseStopped(trx, look, { id, userId, customer: ordered.customer, amountPaise: order.amountPaise });
  const attempt = await dispatchNow(trx, deps, request, { policy, now });
  await reserve(trx, limits, order, { id, userId, customerRef, businessDate: businessDate(now) });
  await watch(trx, deps, { agent, order, id, policy, now });
  await execute(trx, 'update aeps_agents set last_used_at = ?, updated_at = ? where user_id = ?', [
    now,
    now,
    userId,
  ]);
  return {
    kind: 'begun',
    id,
    attempt,
    userCode: agent.userCode,
    answerBefore: request.transactions[0]!.answerBefore!,
    otpRequestRef,
  };
}

/**
 * The one-time password of a withdrawal, if it has one. A key that was used is not asked about it: it finds its
 * withdrawal, which has used the password.
 */
async function otpOf(
  trx: Knex.Transaction,
  { order, userId, key, customer, customerRefAt }: Ordered,
  { policy, customerRef, now }: { policy: AepsPolicy; customerRef: Buffer; now: Date },
): Promise<string | undefined> {
  if (order.kind !== 'withdrawal' || (await findByKey(trx, userId, key)) !== undefined) return undefined;
  const facts = {
    userId,
    amountPaise: order.amountPaise,
    customer,
    customerRef,
    bank: order.customer.bank,
    terminalId: order.terminal.id,
    ...positionOf(order.terminal.latlong),
  };
  return otpFor(trx, { order, facts, rule: policy.withdrawalOtp, customerRefAt, now });
}

/** What a rule of risk stops is refused: the customer who would have to wait for a person stands at the terminal. */
async function refuseStopped(
  trx: Knex.Transaction,
  look: LookAtDoor | undefined,
  asked: Parameters<LookAtDoor>[1],
): Promise<void> {
  const stopped = await look?.(trx, asked);
  if (stopped === undefined) return;
  throw new Refused(
    new DomainError(AEPS_ERRORS.AEPS_UNDER_REVIEW, {
      detail: 'the bank was not asked and nothing was debited; call us before you try again',
    }),
    [stopped],
  );
}

/** A request of AEPS has one transaction, under the same id. */
function idOf(request: NewRequest<Details>): TransactionId {
  return transactionId(request.id);
}

export function keyReused(): DomainError {
  return new DomainError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'this Idempotency-Key was used with another request; use a fresh key for a new one',
  });
}

interface Derived {
  agent: AepsAgent;
  policy: AepsPolicy;
  limits: CustomerLimits;
  customerRef: Buffer;
  now: Date;
}

function requestOf(
  deps: BeginDependencies,
  { order, userId, key, hashes, customer }: Ordered,
  { agent, policy, limits, customerRef, now }: Derived,
): NewRequest<Details> {
  const requested = { caller: { userId, walletId: agent.walletId, accountId: agent.accountId }, key, hashes };
  const id = partId(requested, now);
  const feePaise = percentOf(order.amountPaise, policy.chargeBps[order.kind], 'half-up');
  return newRequest(
    requested,
    {
      service: 'aeps',
      currency: order.currency,
      reference: order.reference,
      at: now,
      policies: deps.policies,
    },
    {
      provider: deps.provider,
      amountPaise: order.amountPaise,
      feePaise,
      taxPaise: percentOf(feePaise, policy.gstBps, 'half-up'),
      chargePaise: 0n,
      limitKey: limits.limitKey,
      limitCapPaise: limits.limitCapPaise,
      agreed: deps.policies.commission(
        { provider: deps.provider, service: 'aeps', class: order.kind, amountPaise: order.amountPaise },
        now,
      ),
    },
    {
      id,
      shown: { kind: order.kind },
      answerBefore: addMs(now, policy.answerWithinMs),
      details: {
        order,
        position: positionOf(order.terminal.latlong),
        userId,
        customer,
        customerRef,
        mobileSealed: deps.cipher.seal(order.customer.mobile, CUSTOMER_MOBILE.place(id)),
        businessDate: businessDate(now),
        dayCap: limits.dayCap,
        otpAbovePaise: order.kind === 'withdrawal' ? policy.withdrawalOtp.abovePaise : null,
        createdAt: now,
      },
    },
  );
}

const DETAILS: ServiceDetails<Details> = {
  table: table('aeps_withdrawals', {
    transaction_id: uuid((w) => w.id),
    user_id: uuid((w) => w.details.userId),
    kind: text((w) => w.details.order.kind),
    customer: bytea((w) => w.details.customer),
    customer_ref: bytea((w) => w.details.customerRef),
    mobile_sealed: text((w) => w.details.mobileSealed),
    bank: text((w) => w.details.order.customer.bank),
    terminal_id: text((w) => w.details.order.terminal.id),
    lat_micro: int4((w) => w.details.position.latMicro),
    long_micro: int4((w) => w.details.position.longMicro),
    business_date: date((w) => w.details.businessDate),
    day_cap: int2((w) => w.details.dayCap),
    otp_id: uuid((w) => w.details.order.otpId),
    otp_above_paise: int8((w) => w.details.otpAbovePaise),
    created_at: timestamptz((w) => w.details.createdAt),
  }),
};

/**
 * Moves accepted -> held -> dispatched and writes the attempt's row: from here on the provider is asked about
 * it, whatever happens to this process.
 */
async function dispatchNow(
  trx: Knex.Transaction,
  deps: BeginDependencies,
  request: NewRequest<Details>,
  { policy, now }: { policy: AepsPolicy; now: Date },
): Promise<Attempt> {
  const id = idOf(request);
  const provider = deps.policies.provider(deps.provider);
  const sendBefore = addMs(
    now,
    Math.min(provider.sendWindowMs, policy.answerWithinMs - policy.answerMarginMs),
  );
  const accepted = (await lockTransactionsForUpdate(trx, [id])).get(id)!;
  const held = applyChange(accepted, {
    to: 'held',
    actor: 'api',
    reason: 'nothing_to_hold',
    set: { dueAt: firstDriveAt(now), driveNo: accepted.driveNo + 1, drives: 0 },
  });
  await writeChanges(trx, [held], now);
  const nextPollAt = addMs(now, provider.pollScheduleMs[0]!);
  const begun = applyChange(held.row, beginAttempt(held.row, { actor: 'api', sendBefore, nextPollAt }));
  await writeChanges(trx, [begun], now);
  // The hash is that of the request: the bytes that leave hold what may not be kept, not even as a hash, and
  // they are never repeated.
  const attempt: Attempt = {
    transactionId: id,
    attemptNo: 1,
    provider: deps.provider,
    route: null,
    ...namesOfAttempt(id, 1),
    refs: {},
    bodyHash: request.requestHashes[0]!,
    sendBefore,
    sendCount: 1,
    createdAt: now,
  };
  await insertAttempts(trx, [attempt]);
  return attempt;
}

interface Watched {
  agent: AepsAgent;
  order: AepsOrder;
  id: TransactionId;
  policy: AepsPolicy;
  now: Date;
}

/**
 * Opens cases about an agent's velocity and location, in the same database transaction. A refusal for
 * velocity undoes everything but its case.
 */
async function watch(
  trx: Knex.Transaction,
  deps: BeginDependencies,
  { agent, order, id, policy, now }: Watched,
): Promise<void> {
  const findings = await measureVelocity(trx, agent.userId, policy, now);
  const cases = findings.length === 0 ? [] : [velocityCase(agent.userId, findings)];
  if (findings.some((f) => f.isRefused)) throw new Refused(velocityRefusal(findings), cases);
  const awayM = Math.round(distanceM(agent, positionOf(order.terminal.latlong)));
  if (awayM > policy.shopRadiusM)
    cases.push({
      kind: 'aeps_far_from_shop',
      subject: `aeps_agent:${agent.userId}`,
      transactionId: id,
      summary: `a terminal was ${awayM} m from the registered shop; ${policy.shopRadiusM} m are allowed`,
    });
  await openCases(trx, deps.ids, cases, now);
}
