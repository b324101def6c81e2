import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { insertOne, updateWhere } from '../../platform/sql';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import { publicId, type Ids } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { Policies } from '../policies/policies';
import { answered, ProviderRefusal } from '../provider/desk';
import { DESK_ERRORS } from '../provider/errors';
import { type Desk } from './desk';
import type { Captures } from '../captures/captures';
import { phoneDigests, type OtpPeople } from '../otp/rules';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import type { EkycStarted, NewSender, SenderProfile } from './port';
import { keyOfDigest, lockInOrder } from '../intake/duplicates';
import { limitKeyOf, monthlyCap, otpLifeMs } from './quote';
import { SENDER_MOBILE } from './sealed';

/**
 * Senders bring the cash and are registered at the provider under their mobile number. The number is sealed,
 * and found again by a keyed fingerprint. Each operation asks the provider once while the customer waits; the
 * database keeps its latest answer. Aadhaar numbers and biometrics only pass through.
 */
export interface Senders {
  /**
   * The sender with a mobile number; the same number is the same sender. The provider is asked, and its
   * answer shown, only for a user who has served this customer: a stranger learns nothing of a number. Throws
   * what `answered` throws.
   */
  look(userId: UserId, mobile: string): Promise<SenderView>;
  /**
   * The provider's latest answer. Throws DomainError DMT_SENDER_NOT_FOUND, also for another user's sender.
   */
  get(userId: UserId, id: string): Promise<SenderView>;
  enrol(userId: UserId, id: string, details: Omit<NewSender, 'mobile'>): Promise<SenderView>;
  /**
   * Starts the eKYC: the provider sends the customer a one-time password. `aadhaar` and `pid` are stored
   * nowhere. Also throws DomainError RATE_LIMITED, CAPTURE_USED.
   */
  startEkyc(userId: UserId, id: string, aadhaar: string, pid: string): Promise<SenderView>;
  /** The sender is served by this user from then on. Also throws DomainError DMT_EKYC_NOT_STARTED, OTP_DEAD, OTP_TRIES_USED_UP. */
  finishEkyc(userId: UserId, id: string, otp: string): Promise<SenderView>;
  /**
   * Has a one-time password sent to the phone, with which the customer says that this user may serve them.
   * Also throws DomainError RATE_LIMITED.
   */
  sendPhoneOtp(userId: UserId, id: string): Promise<SenderView>;
  /**
   * The sender is served by this user from then on, and looked up. Also throws DomainError
   * DMT_PHONE_OTP_MISSING, OTP_DEAD, OTP_TRIES_USED_UP.
   */
  verifyPhone(userId: UserId, id: string, otp: string): Promise<SenderView>;
  /**
   * The sender with the number in the clear, for transfers. Throws DomainError DMT_SENDER_NOT_FOUND, and
   * DMT_SENDER_NOT_ACTIVE for a customer whom this user has not served, and for any that is not active unless
   * `anyState`.
   */
  open(userId: UserId, id: string, options?: { anyState?: boolean }): Promise<OpenSender>;
}

/** Amounts in paise; `remaining` may still be sent this month, and is null until the sender is active. */
export interface SenderView {
  id: string;
  object: 'dmt_sender';
  state: SenderProfile['state'];
  kyc_level: 'none' | 'ekyc';
  remaining: number | null;
  hint: string;
  verified_at: string | null;
  checked_at: string;
  created_at: string;
}
export interface OpenSender {
  id: string;
  mobile: string;
  /** The phone under every key that is valid. */
  phones: readonly Buffer[];
  state: SenderProfile['state'];
}

export interface SenderDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  policies: Policies;
  desk: Desk;
  otpSends: OtpSends;
  otpTries: OtpTries;
  captures: Captures;
}

interface SenderRow {
  id: string;
  mobileSealed: string;
  hint: string;
  state: SenderProfile['state'];
  kycLevel: 'none' | 'ekyc';
  verifiedAt: Date | null;
  providerRemainingPaise: Paise | null;
  checkedAt: Date;
  ekycOtpRef: string | null;
  ekycRequestRef: string | null;
  servedAt: Date | null;
  phoneOtpRef: string | null;
  phoneOtpAt: Date | null;
  createdAt: Date;
}

const COLUMNS = `id, mobile_sealed as "mobileSealed", hint, state,
  kyc_level as "kycLevel", verified_at as "verifiedAt",
  provider_remaining_paise as "providerRemainingPaise",
  checked_at as "checkedAt", ekyc_otp_ref as "ekycOtpRef", ekyc_request_ref as "ekycRequestRef",
  served_at as "servedAt", phone_otp_ref as "phoneOtpRef", phone_otp_at as "phoneOtpAt", created_at as "createdAt"`;

export function createSenders(deps: SenderDependencies): Senders {
  return { ...lookUpCalls(deps), ...ekycCalls(deps), ...phoneCalls(deps) };
}

function lookUpCalls(deps: SenderDependencies): Pick<Senders, 'look' | 'get' | 'enrol' | 'open'> {
  const { desk } = deps;
  return {
    async look(userId, mobile) {
      const row = await findOrAdd(deps, userId, mobile);
      return viewOf(deps, row.servedAt === null ? row : await lookUp(deps, userId, { id: row.id, mobile }));
    },
    get: async (userId, id) => viewOf(deps, await findSender(deps, userId, id)),
    async enrol(userId, id, details) {
      const row = await findSender(deps, userId, id);
      const sender = { ...details, mobile: mobileOf(deps, row) };
      const profile = await answeredTo(
        row,
        answered(desk.calls().enrolSender(sender, desk.options({ who: userId }))),
      );
      return viewOf(deps, await saveProfile(deps, id, row.servedAt === null ? ENROLLED : profile));
    },
    async open(userId, id, options = {}) {
      const row = await findSender(deps, userId, id);
      if (row.servedAt === null)
        throw new DomainError(DMT_ERRORS.DMT_SENDER_NOT_ACTIVE, {
          detail:
            'the sender has not been verified with you: finish the eKYC, or, for a sender who is registered ' +
            'already, have a one-time password sent to their phone (POST /v1/dmt/senders/{id}/phone-otp)',
        });
      if (row.state !== 'active' && options.anyState !== true)
        throw new DomainError(DMT_ERRORS.DMT_SENDER_NOT_ACTIVE, {
          detail: `the sender is ${row.state}; finish enrolment and eKYC, or look the mobile number up again if that is done`,
        });
      const mobile = mobileOf(deps, row);
      return { id: row.id, mobile, phones: phoneDigests(deps.digest, mobile), state: row.state };
    },
  };
}

function ekycCalls(deps: SenderDependencies): Pick<Senders, 'startEkyc' | 'finishEkyc'> {
  const { knex, desk } = deps;
  return {
    async startEkyc(userId, id, aadhaar, pid) {
      const row = await findSender(deps, userId, id);
      const capture = deps.captures.digestOf(pid);
      const ask = async (): Promise<EkycStarted> => {
        await deps.captures.use(knex, capture);
        const question = desk
          .calls()
          .startEkyc(mobileOf(deps, row), aadhaar, pid, desk.options({ who: userId }));
        return answeredTo(row, answered(question));
      };
      const [started] = await deps.otpSends.send('dmt_ekyc', peopleOf(deps, userId, row), [ask]);
      const [saved] = await rows<SenderRow>(
        knex,
        `
        update dmt_senders
        set state = 'otp_pending', kyc_level = 'none', verified_at = null, ekyc_otp_ref = ?,
          ekyc_request_ref = ?, checked_at = ?
        where id = ? returning ${COLUMNS}`,
        [started!.otpRef, started!.kycRequestId, deps.clock.now(), id],
      );
      return viewOf(deps, saved!);
    },
    async finishEkyc(userId, id, otp) {
      const row = await findSender(deps, userId, id);
      if (row.ekycOtpRef === null || row.ekycRequestRef === null)
        throw new DomainError(DMT_ERRORS.DMT_EKYC_NOT_STARTED, {
          detail: 'start the eKYC first; a one-time password is then sent to the sender',
        });
      const started = { otpRef: row.ekycOtpRef, kycRequestId: row.ekycRequestRef };
      const profile = await deps.otpTries.ask('dmt_ekyc', peopleOf(deps, userId, row), started.otpRef, () =>
        answered(desk.calls().finishEkyc(mobileOf(deps, row), otp, started, desk.options({ who: userId }))),
      );
      await markServed(deps, id);
      return viewOf(deps, await saveProfile(deps, id, profile));
    },
  };
}

function phoneCalls(deps: SenderDependencies): Pick<Senders, 'sendPhoneOtp' | 'verifyPhone'> {
  const { knex, desk } = deps;
  return {
    async sendPhoneOtp(userId, id) {
      const row = await findSender(deps, userId, id);
      const ask = (): Promise<{ otpRef: string }> =>
        answered(desk.calls().sendPhoneOtp(mobileOf(deps, row), desk.options({ who: userId })));
      const [sent] = await deps.otpSends.send('dmt_phone', peopleOf(deps, userId, row), [ask]);
      const saved = { phone_otp_ref: sent!.otpRef, phone_otp_at: deps.clock.now() };
      await updateWhere(knex, 'dmt_senders', saved, { id });
      return viewOf(deps, await findSender(deps, userId, id));
    },
    async verifyPhone(userId, id, otp) {
      const row = await findSender(deps, userId, id);
      const ref = phoneOtpOf(deps, row);
      const mobile = mobileOf(deps, row);
      await deps.otpTries.ask('dmt_phone', peopleOf(deps, userId, row), ref, () =>
        answered(desk.calls().verifyPhoneOtp(mobile, otp, desk.options({ who: userId }))),
      );
      await markServed(deps, id);
      return viewOf(deps, await lookUp(deps, userId, { id, mobile }));
    },
  };
}

function mobileOf({ cipher }: SenderDependencies, row: SenderRow): string {
  return cipher.open(row.mobileSealed, SENDER_MOBILE.place(row.id));
}

/**
 * The paise that a remitter has sent this month by our counter. Read without a lock, so it is advice: the
 * hold decides.
 */
export async function usedThisMonth(
  { knex, digest }: Pick<SenderDependencies, 'knex' | 'digest'>,
  mobile: string,
  at: Date,
): Promise<Paise> {
  const [found] = await rows<{ used: Paise }>(
    knex,
    'select used_paise as used from limit_counters where key = ?',
    [limitKeyOf(digest, mobile, at)],
  );
  return found?.used ?? 0n;
}

function peopleOf(deps: SenderDependencies, caller: UserId, row: SenderRow): OtpPeople {
  return { phones: phoneDigests(deps.digest, mobileOf(deps, row)), caller };
}

async function findSender(deps: SenderDependencies, userId: UserId, id: string): Promise<SenderRow> {
  const [found] = await rows<SenderRow>(
    deps.knex,
    `select ${COLUMNS} from dmt_senders where id = ? and user_id = ? and provider = ?`,
    [id, userId, deps.desk.provider],
  );
  if (found === undefined) throw new DomainError(DMT_ERRORS.DMT_SENDER_NOT_FOUND);
  return found;
}

/** `9876543210` is shown as `98…10`. */
function hintOf(mobile: string): string {
  return `${mobile.slice(0, 2)}…${mobile.slice(-2)}`;
}

/**
 * A refusal that may say why only to a user who has served the sender: its code tells whether the number is
 * registered.
 */
async function answeredTo<T>({ servedAt }: SenderRow, answer: Promise<T>): Promise<T> {
  if (servedAt !== null) return answer;
  return answer.catch((error: unknown) => {
    if (!(error instanceof ProviderRefusal)) throw error;
    throw new ProviderRefusal(DESK_ERRORS.DMT_REFUSED, {
      detail:
        'the provider refused it; enrol the sender, check the details and capture the finger anew, or, for a ' +
        'sender who is registered already, have a one-time password sent to their phone',
    });
  });
}

/** What every customer is to a user who has not served them, once they are enrolled. */
const ENROLLED: SenderProfile = { state: 'ekyc_pending', name: null, remainingPaise: null };

async function lookUp(
  deps: SenderDependencies,
  userId: UserId,
  { id, mobile }: { id: string; mobile: string },
): Promise<SenderRow> {
  const question = deps.desk.calls().sender(mobile, deps.desk.options({ who: userId }));
  return saveProfile(deps, id, await answered(question));
}

/** The customer gave a one-time password that was sent to their phone: this user may serve them from now on. */
async function markServed({ knex, clock }: SenderDependencies, id: string): Promise<void> {
  await execute(
    knex,
    `update dmt_senders set served_at = coalesce(served_at, ?), phone_otp_ref = null, phone_otp_at = null
      where id = ?`,
    [clock.now(), id],
  );
}

/** Throws DomainError DMT_PHONE_OTP_MISSING. */
function phoneOtpOf({ clock, policies }: SenderDependencies, { phoneOtpRef, phoneOtpAt }: SenderRow): string {
  if (phoneOtpRef === null || phoneOtpAt === null || addMs(phoneOtpAt, otpLifeMs(policies)) <= clock.now())
    throw new DomainError(DMT_ERRORS.DMT_PHONE_OTP_MISSING, {
      detail: 'have one sent first (POST /v1/dmt/senders/{id}/phone-otp); it is good for ten minutes',
    });
  return phoneOtpRef;
}

async function findOrAdd(deps: SenderDependencies, userId: UserId, mobile: string): Promise<SenderRow> {
  const fingerprints = phoneDigests(deps.digest, mobile);
  if (fingerprints.length === 1) {
    await addSender(deps.knex, deps, { userId, mobile, fingerprints });
    return (await findByPhone(deps.knex, deps, userId, fingerprints))!;
  }
  // While a key is replaced the unique fingerprint alone does not make two processes see one sender.
  return deps.knex.transaction(async (trx) => {
    await lockInOrder(trx, fingerprints.map(keyOfDigest));
    const found = await findByPhone(trx, deps, userId, fingerprints);
    if (found !== undefined) return found;
    await addSender(trx, deps, { userId, mobile, fingerprints });
    return (await findByPhone(trx, deps, userId, fingerprints))!;
  });
}

async function findByPhone(
  db: Knex | Knex.Transaction,
  { desk }: SenderDependencies,
  userId: UserId,
  fingerprints: readonly Buffer[],
): Promise<SenderRow | undefined> {
  const [found] = await rows<SenderRow>(
    db,
    `select ${COLUMNS} from dmt_senders where user_id = ? and provider = ? and mobile_fingerprint = any(?::bytea[])`,
    [userId, desk.provider, fingerprints],
  );
  return found;
}

async function addSender(
  db: Knex | Knex.Transaction,
  deps: SenderDependencies,
  { userId, mobile, fingerprints }: { userId: UserId; mobile: string; fingerprints: readonly Buffer[] },
): Promise<void> {
  const id = deps.ids.uuid();
  const now = deps.clock.now();
  await insertOne(
    db,
    'dmt_senders',
    {
      id,
      user_id: userId,
      provider: deps.desk.provider,
      mobile_sealed: deps.cipher.seal(mobile, SENDER_MOBILE.place(id)),
      mobile_fingerprint: fingerprints[0],
      other_fingerprint: fingerprints[1] ?? null,
      hint: hintOf(mobile),
      state: 'unknown',
      kyc_level: 'none',
      checked_at: now,
      created_at: now,
    },
    'on conflict on constraint dmt_senders_mobile_unique do nothing',
  );
}

async function saveProfile(
  deps: SenderDependencies,
  id: string,
  { state, remainingPaise }: SenderProfile,
): Promise<SenderRow> {
  const now = deps.clock.now();
  const isActive = state === 'active';
  const [saved] = await rows<SenderRow>(
    deps.knex,
    `
    update dmt_senders set state = :state, kyc_level = :kycLevel,
      verified_at = case when :isActive then coalesce(verified_at, :now::timestamptz) end,
      provider_remaining_paise = :remainingPaise, checked_at = :now,
      ekyc_otp_ref = case when :isActive then null else ekyc_otp_ref end,
      ekyc_request_ref = case when :isActive then null else ekyc_request_ref end
    where id = :id returning ${COLUMNS}`,
    { state, kycLevel: isActive ? 'ekyc' : 'none', isActive, now, remainingPaise, id },
  );
  return saved!;
}

async function viewOf(deps: SenderDependencies, row: SenderRow): Promise<SenderView> {
  return {
    id: publicId('dmtSender', row.id),
    object: 'dmt_sender',
    state: row.state,
    kyc_level: row.kycLevel,
    remaining: row.state === 'active' ? paiseToJson(await remainingOf(deps, row)) : null,
    hint: row.hint,
    verified_at: row.verifiedAt?.toISOString() ?? null,
    checked_at: row.checkedAt.toISOString(),
    created_at: row.createdAt.toISOString(),
  };
}

/**
 * The smaller of our counter's remainder and the provider's for this month, since the remitter may also send
 * through others.
 */
async function remainingOf(deps: SenderDependencies, row: SenderRow): Promise<Paise> {
  const now = deps.clock.now();
  const cap = monthlyCap(deps.policies, now);
  const used = await usedThisMonth(deps, mobileOf(deps, row), now);
  const ours = used >= cap ? 0n : cap - used;
  const isOfThisMonth = businessDate(row.checkedAt).slice(0, 7) === businessDate(now).slice(0, 7);
  const theirs = isOfThisMonth ? row.providerRemainingPaise : null;
  return theirs !== null && theirs < ours ? theirs : ours;
}
