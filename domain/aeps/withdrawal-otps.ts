import type { UserId } from '../ids/ids';
import type { OffersAeps, WithdrawalOtpRequest } from './port';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { errorOfConstraint } from '../../platform/database';
import { isDigestOf, type KeyedDigest } from '../../platform/encryption';
import { derivedReference, publicId, type Ids } from '../../platform/ids';
import { formatRupees, paiseToJson } from '../../platform/money';
import { DomainError, fieldError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import type { OtpPeople } from '../otp/rules';
import type { OtpSends } from '../otp/sends';
import type { Policies } from '../policies/policies';
import { NotAsked, ProviderRefusal } from '../provider/desk';
import type { ProviderRegistry } from '../provider/provider';
import { readAgent, type AepsAgent } from './agent-rows';
import { refuseUnlessReady } from './agents';
import { keyReused } from './begin';
import { admit, deskValue, providerOf, type AepsProvider } from './calls';
import { checkAmount } from './limits';
import {
  answerOtp,
  insertAskedOtp,
  readOtp,
  readOtpInPlace,
  readOtpOfKey,
  type OtpFacts,
  type WithdrawalOtp,
} from './otp-rows';
import { refuseUndecided } from './otp-use';
import type { AepsPolicies, AepsPolicy } from './policy';
import { customerOf, customerRefOf, hashOtpOrder, positionOf, type AepsOrder } from './request';
import { requireTerminal } from './terminals';

/**
 * One-time passwords for withdrawals above a limit. The provider sends the customer one and tells us its id; the
 * terminal puts the password into the capture of the finger, and the withdrawal names the id. The password itself
 * never comes here. The row is written before the provider is asked, and again after.
 */
export interface WithdrawalOtps {
  /**
   * Has a password sent; the same key again finds the first and sends none. Where the provider has just sent one
   * in place of this withdrawal, that one is given and none is asked for. Throws DomainError
   * AEPS_AGENT_NOT_FOUND, AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REQUIRED, AEPS_DAILY_KYC_REQUIRED,
   * AEPS_AMOUNT_OUT_OF_RANGE, AEPS_OTP_NOT_NEEDED, AEPS_POSITION_INVALID, AEPS_TERMINAL_UNKNOWN,
   * AEPS_WITHDRAWAL_UNDECIDED, AEPS_OTP_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, RATE_LIMITED,
   * PROVIDER_UNAVAILABLE.
   */
  ask(
    userId: UserId,
    key: string,
    order: OtpOrder,
    aadhaar: string,
  ): Promise<{ view: WithdrawalOtpView; replayed: boolean }>;
  /** Throws DomainError AEPS_OTP_NOT_FOUND, also for those of another user. */
  get(userId: UserId, id: string): Promise<WithdrawalOtpView>;
}

export type OtpOrder = Omit<AepsOrder, 'kind' | 'reference' | 'otpId'>;

export interface WithdrawalOtpView {
  id: string;
  object: 'aeps_withdrawal_otp';
  /** `unknown`: it may have been sent, and is of no use. */
  state: 'asking' | 'sent' | 'used' | 'expired' | 'refused' | 'unknown';
  amount: number;
  currency: 'INR';
  bank: string;
  terminal: string;
  expires_at: string | null;
  /** The withdrawal that used it, whatever became of that. */
  withdrawal: string | null;
  /** The withdrawal in whose place the provider sent it. */
  in_place_of: string | null;
  /** How the finger is to be captured for this bank. */
  capture: { finger_type: number; least_points: number; data_type: 'X' };
  created_at: string;
}

export interface WithdrawalOtpDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  digest: KeyedDigest;
  providers: ProviderRegistry<OffersAeps>;
  provider: string;
  policies: Policies;
  aepsPolicies: AepsPolicies;
  otpSends: OtpSends;
}

/** Longer than the provider is waited for: whoever has not answered by then died on the way. */
const ASKED_FOR_MS = 75_000;

export function createWithdrawalOtps(deps: WithdrawalOtpDependencies): WithdrawalOtps {
  return {
    async ask(userId, key, order, aadhaar) {
      positionOf(order.terminal.latlong);
      const earlier = await readEarlier(deps, { userId, key, order });
      if (earlier !== undefined) return { view: viewOf(deps, earlier), replayed: true };
      const asked = await askAnew(deps, { userId, key, order, aadhaar });
      return { view: viewOf(deps, asked.otp), replayed: asked.replayed };
    },
    async get(userId, id) {
      const otp = await readOtp(deps.knex, userId, id);
      if (otp === undefined) throw new DomainError(AEPS_ERRORS.AEPS_OTP_NOT_FOUND);
      return viewOf(deps, otp);
    },
  };
}

interface Asking {
  userId: UserId;
  key: string;
  order: OtpOrder;
  aadhaar: string;
}

/** What the key has asked for before. A process that died while it asked leaves the key free after a time. */
async function readEarlier(
  { knex, clock, digest }: WithdrawalOtpDependencies,
  { userId, key, order }: Omit<Asking, 'aadhaar'>,
): Promise<WithdrawalOtp | undefined> {
  const earlier = await readOtpOfKey(knex, userId, key);
  if (earlier === undefined) return undefined;
  const { requestHash } = earlier;
  if (requestHash === null || !isDigestOf(requestHash, hashOtpOrder(digest, order))) throw keyReused();
  if (earlier.state === 'sent') return earlier;
  const now = clock.now();
  if (now < addMs(earlier.createdAt, ASKED_FOR_MS)) throw inProgress();
  await answerOtp(knex, earlier.id, { state: 'unknown', at: now, rawReason: 'nobody answered' });
  return undefined;
}

function inProgress(): DomainError {
  return new DomainError('IDEMPOTENCY_IN_PROGRESS', {
    detail: 'the provider is being asked for this password; ask again in a moment',
    retryAfterS: 1,
  });
}

async function askAnew(
  deps: WithdrawalOtpDependencies,
  asking: Asking,
): Promise<{ otp: WithdrawalOtp; replayed: boolean }> {
  const { knex, clock } = deps;
  const { userId, order } = asking;
  const provider = providerOf(deps.providers, deps.provider);
  const now = clock.now();
  const policy = deps.aepsPolicies.at(now);
  const agent = await readAgent(knex, userId);
  refuseUnlessReady(agent, policy.dormantAfterMonths, now);
  const facts = otpFactsOf(deps.digest, asking, now);
  await requireTerminal(knex, userId, order.terminal.id);
  const inPlace = await readOtpInPlace(knex, facts, now);
  if (inPlace !== undefined) return { otp: inPlace, replayed: false };
  refuseUnlessNeeded(deps, order, policy, now);
  const customerRefAt = (at: Date): Buffer => customerRefOf(deps.digest, asking.aadhaar, at);
  await refuseUndecided(knex, userId, { customerRefAt, now });
  await admit(provider.connector);
  const id = deps.ids.uuid();
  const ourReference = derivedReference(id, 'withdrawal otp');
  const [requestHash] = hashOtpOrder(deps.digest, order);
  const otp = { ...facts, id, provider: deps.provider, createdAt: now };
  // Written before it is counted: who comes second under one key waits for the first, and is not limited by it.
  if (!(await insertAskedOtp(knex, otp, { key: asking.key, requestHash: requestHash!, ourReference }))) {
    const earlier = await readEarlier(deps, asking);
    if (earlier !== undefined) return { otp: earlier, replayed: true };
    throw inProgress();
  }
  const request = requestOf(asking, agent, ourReference);
  await countAndAsk(deps, peopleOf(deps, facts, agent), id, () =>
    askProvider(deps, provider, { id, policy, request }),
  );
  return { otp: (await readOtp(knex, userId, id))!, replayed: false };
}

/** One that the limits refuse was not sent, and leaves its key free. */
async function countAndAsk(
  { knex, clock, otpSends }: WithdrawalOtpDependencies,
  people: OtpPeople,
  id: string,
  ask: () => Promise<void>,
): Promise<void> {
  let asked = false;
  const send = (): Promise<void> => {
    asked = true;
    return ask();
  };
  try {
    await otpSends.send('aeps_withdrawal', people, [send]);
  } catch (error) {
    if (!asked) await answerOtp(knex, id, { state: 'refused', at: clock.now(), rawReason: 'not asked' });
    throw error;
  }
}

/** What a password for this order is good for. */
export function otpFactsOf(
  digest: KeyedDigest,
  { userId, order, aadhaar }: { userId: UserId; order: OtpOrder; aadhaar: string },
  at: Date,
): OtpFacts {
  return {
    userId,
    amountPaise: order.amountPaise,
    customer: customerOf(digest, order.customer.mobile, at),
    customerRef: customerRefOf(digest, aadhaar, at),
    bank: order.customer.bank,
    terminalId: order.terminal.id,
    ...positionOf(order.terminal.latlong),
  };
}

/** Throws DomainError AEPS_AMOUNT_OUT_OF_RANGE, AEPS_OTP_NOT_NEEDED. */
function refuseUnlessNeeded(
  { policies }: WithdrawalOtpDependencies,
  { amountPaise }: OtpOrder,
  { withdrawalOtp: { abovePaise } }: AepsPolicy,
  now: Date,
): void {
  checkAmount({ kind: 'withdrawal', amountPaise }, policies, now);
  if (amountPaise <= abovePaise)
    throw fieldError(
      AEPS_ERRORS.AEPS_OTP_NOT_NEEDED,
      '#/amount',
      `up to ${formatRupees(abovePaise)} a withdrawal needs none: capture the finger and withdraw`,
    );
}

/**
 * The phone that gets the password is the one that is linked to the Aadhaar number, whatever number the caller
 * gives: it is counted by the customer's reference, over all agents.
 */
function peopleOf(
  { provider }: WithdrawalOtpDependencies,
  { userId, customerRef }: OtpFacts,
  { userCode }: AepsAgent,
): OtpPeople {
  return { phones: [customerRef], caller: userId, agent: `${provider}:${userCode}` };
}

function requestOf(
  { order, aadhaar }: Asking,
  { userCode }: AepsAgent,
  ourReference: string,
): WithdrawalOtpRequest {
  return {
    ourReference,
    terminal: { userCode, latlong: order.terminal.latlong },
    customerMobile: order.customer.mobile,
    bankCode: order.customer.bank,
    aadhaar,
    amountPaise: order.amountPaise,
  };
}

/** Asks once, and notes what comes of it. Throws DomainError AEPS_OTP_REFUSED, PROVIDER_UNAVAILABLE. */
async function askProvider(
  { knex, clock }: WithdrawalOtpDependencies,
  { calls }: AepsProvider,
  { id, policy, request }: { id: string; policy: AepsPolicy; request: WithdrawalOtpRequest },
): Promise<void> {
  try {
    const secrets = [request.aadhaar, request.customerMobile];
    const { otpRequestRef } = await deskValue(AEPS_ERRORS.AEPS_OTP_REFUSED, secrets, () =>
      calls.sendWithdrawalOtp(request, { admitted: true }),
    );
    const at = clock.now();
    const sent = { at, providerReference: otpRequestRef, expiresAt: addMs(at, policy.withdrawalOtp.lifeMs) };
    await answerOtp(knex, id, { state: 'sent', ...sent }).catch((error: unknown) => {
      throw errorOfConstraint(error, { aeps_withdrawal_otps_provider_reference_unique: notKnown });
    });
  } catch (error) {
    const isSettled = error instanceof ProviderRefusal || error instanceof NotAsked;
    const rawReason = error instanceof DomainError ? error.detail : 'an error of ours';
    await answerOtp(knex, id, { state: isSettled ? 'refused' : 'unknown', at: clock.now(), rawReason });
    throw isSettled ? error : notKnown();
  }
}

/** An id that was used before, which is never used again, is as good as none. */
function notKnown(): DomainError {
  return new DomainError('PROVIDER_UNAVAILABLE', {
    detail:
      'it is not known whether a one-time password was sent; one that arrives is of no use. ' +
      'Send the same request again after half a minute, with the same Idempotency-Key',
    retryAfterS: 30,
  });
}

function viewOf({ clock, aepsPolicies }: WithdrawalOtpDependencies, otp: WithdrawalOtp): WithdrawalOtpView {
  const now = clock.now();
  const { fingerType, leastPoints } = aepsPolicies.at(now).captureFor(otp.bank);
  return {
    id: publicId('aepsOtp', otp.id),
    object: 'aeps_withdrawal_otp',
    state: stateOf(otp, now),
    amount: paiseToJson(otp.amountPaise),
    currency: 'INR',
    bank: otp.bank,
    terminal: otp.terminalId,
    expires_at: otp.expiresAt?.toISOString() ?? null,
    withdrawal: otp.usedBy === null ? null : publicId('transaction', otp.usedBy),
    in_place_of: otp.inPlaceOf === null ? null : publicId('transaction', otp.inPlaceOf),
    capture: { finger_type: fingerType, least_points: leastPoints, data_type: 'X' },
    created_at: otp.createdAt.toISOString(),
  };
}

function stateOf(
  { state, usedBy, expiresAt, createdAt }: WithdrawalOtp,
  now: Date,
): WithdrawalOtpView['state'] {
  if (usedBy !== null) return 'used';
  if (state === 'sent') return expiresAt! <= now ? 'expired' : 'sent';
  return state === 'asking' && now >= addMs(createdAt, ASKED_FOR_MS) ? 'unknown' : state;
}
