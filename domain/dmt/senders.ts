import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import { publicId, type Ids } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { Policies } from '../policies/policies';
import { answered } from '../provider/desk';
import { type Desk } from './desk';
import type { Captures } from '../captures/captures';
import { phoneDigest, type OtpPeople } from '../otp/rules';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import type { NewSender, SenderProfile } from './port';
import { limitKeyOf, monthlyCap } from './quote';
import { SENDER_MOBILE } from './sealed';

/**
 * Senders bring the cash and are registered at the provider under their mobile number. The number is sealed,
 * and found again by a keyed fingerprint. Each operation asks the provider once while the customer waits; the
 * database keeps its latest answer. Aadhaar numbers and biometrics only pass through.
 */
export interface Senders {
  /**
   * Looks up a mobile number at the provider and stores the answer; the same number is the same sender.
   * Throws what `answered` throws.
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
  /** Also throws DomainError DMT_EKYC_NOT_STARTED, OTP_DEAD, OTP_TRIES_USED_UP. */
  finishEkyc(userId: UserId, id: string, otp: string): Promise<SenderView>;
  /**
   * The sender with the number in the clear, for transfers. Throws DomainError DMT_SENDER_NOT_FOUND, and
   * DMT_SENDER_NOT_ACTIVE unless `anyState`.
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
  fingerprint: Buffer;
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
  fingerprint: Buffer;
  hint: string;
  state: SenderProfile['state'];
  kycLevel: 'none' | 'ekyc';
  verifiedAt: Date | null;
  providerRemainingPaise: Paise | null;
  checkedAt: Date;
  ekycOtpRef: string | null;
  ekycRequestRef: string | null;
  createdAt: Date;
}

const COLUMNS = `id, mobile_sealed as "mobileSealed", mobile_fingerprint as fingerprint, hint, state,
  kyc_level as "kycLevel", verified_at as "verifiedAt",
  provider_remaining_paise as "providerRemainingPaise",
  checked_at as "checkedAt", ekyc_otp_ref as "ekycOtpRef", ekyc_request_ref as "ekycRequestRef", created_at as "createdAt"`;

export function createSenders(deps: SenderDependencies): Senders {
  const { knex, desk } = deps;
  const find = (userId: UserId, id: string): Promise<SenderRow> =>
    findSender(knex, userId, id, desk.provider);
  const view = (row: SenderRow): Promise<SenderView> => viewOf(deps, row);
  const mobileOf = (row: SenderRow): string =>
    deps.cipher.open(row.mobileSealed, SENDER_MOBILE.place(row.id));
  return {
    async look(userId, mobile) {
      const profile = await answered(desk.calls().sender(mobile, desk.options()));
      return view(await saveSender(deps, userId, mobile, profile));
    },
    get: async (userId, id) => view(await find(userId, id)),
    async enrol(userId, id, details) {
      const row = await find(userId, id);
      const profile = await answered(
        desk.calls().enrolSender({ ...details, mobile: mobileOf(row) }, desk.options()),
      );
      return view(await saveProfile(deps, id, profile));
    },
    async startEkyc(userId, id, aadhaar, pid) {
      const row = await find(userId, id);
      const capture = deps.captures.digestOf(pid);
      const ask = async () => {
        await deps.captures.use(knex, capture);
        return answered(desk.calls().startEkyc(mobileOf(row), aadhaar, pid, desk.options()));
      };
      const [started] = await deps.otpSends.send('dmt_ekyc', peopleOf(userId, row), [ask]);
      const [saved] = await rows<SenderRow>(
        knex,
        `
        update dmt_senders
        set state = 'otp_pending', kyc_level = 'none', verified_at = null, ekyc_otp_ref = ?,
          ekyc_request_ref = ?, checked_at = ?
        where id = ? returning ${COLUMNS}`,
        [started!.otpRef, started!.kycRequestId, deps.clock.now(), id],
      );
      return view(saved!);
    },
    async finishEkyc(userId, id, otp) {
      const row = await find(userId, id);
      if (row.ekycOtpRef === null || row.ekycRequestRef === null)
        throw new DomainError(DMT_ERRORS.DMT_EKYC_NOT_STARTED, {
          detail: 'start the eKYC first; a one-time password is then sent to the sender',
        });
      const started = { otpRef: row.ekycOtpRef, kycRequestId: row.ekycRequestRef };
      const profile = await deps.otpTries.ask('dmt_ekyc', peopleOf(userId, row), started.otpRef, () =>
        answered(desk.calls().finishEkyc(mobileOf(row), otp, started, desk.options())),
      );
      return view(await saveProfile(deps, id, profile));
    },
    async open(userId, id, options = {}) {
      const row = await find(userId, id);
      if (row.state !== 'active' && options.anyState !== true)
        throw new DomainError(DMT_ERRORS.DMT_SENDER_NOT_ACTIVE, {
          detail: `the sender is ${row.state}; finish enrolment and eKYC, or look the mobile number up again if that is done`,
        });
      return { id: row.id, mobile: mobileOf(row), fingerprint: row.fingerprint, state: row.state };
    },
  };
}

/**
 * The paise that a remitter has sent this month by our counter. Read without a lock, so it is advice: the
 * hold decides.
 */
export async function usedThisMonth(knex: Knex, fingerprint: Buffer, at: Date): Promise<Paise> {
  const [found] = await rows<{ used: Paise }>(
    knex,
    'select used_paise as used from limit_counters where key = ?',
    [limitKeyOf(fingerprint, at)],
  );
  return found?.used ?? 0n;
}

function peopleOf(caller: UserId, { fingerprint }: SenderRow): OtpPeople {
  return { phone: fingerprint, caller };
}

async function findSender(knex: Knex, userId: UserId, id: string, provider: string): Promise<SenderRow> {
  const [found] = await rows<SenderRow>(
    knex,
    `select ${COLUMNS} from dmt_senders where id = ? and user_id = ? and provider = ?`,
    [id, userId, provider],
  );
  if (found === undefined) throw new DomainError(DMT_ERRORS.DMT_SENDER_NOT_FOUND);
  return found;
}

/** Finds a sender again: a keyed hash of the mobile number. */
export function senderFingerprint(digest: KeyedDigest, mobile: string): Buffer {
  return digest('dmt sender', mobile);
}

/** `9876543210` is shown as `98…10`. */
function hintOf(mobile: string): string {
  return `${mobile.slice(0, 2)}…${mobile.slice(-2)}`;
}

async function saveSender(
  deps: SenderDependencies,
  userId: UserId,
  mobile: string,
  profile: SenderProfile,
): Promise<SenderRow> {
  const id = deps.ids.uuid();
  const fingerprint = senderFingerprint(deps.digest, mobile);
  const fingerprint = phoneDigest(deps.digest, mobile);
  const now = deps.clock.now();
  const inserted = await insertOne(
    deps.knex,
    'dmt_senders',
    {
      id,
      user_id: userId,
      provider: deps.desk.provider,
      mobile_sealed: deps.cipher.seal(mobile, SENDER_MOBILE.place(id)),
      mobile_fingerprint: fingerprint,
      hint: hintOf(mobile),
      state: 'unknown',
      kyc_level: 'none',
      checked_at: now,
      created_at: now,
    },
    'on conflict on constraint dmt_senders_mobile_unique do nothing',
  );
  if (inserted === 1) return saveProfile(deps, id, profile);
  const [found] = await rows<{ id: string }>(
    deps.knex,
    'select id from dmt_senders where user_id = ? and provider = ? and mobile_fingerprint = ?',
    [userId, deps.desk.provider, fingerprint],
  );
  return saveProfile(deps, found!.id, profile);
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
  const used = await usedThisMonth(deps.knex, row.fingerprint, now);
  const ours = used >= cap ? 0n : cap - used;
  const isOfThisMonth = businessDate(row.checkedAt).slice(0, 7) === businessDate(now).slice(0, 7);
  const theirs = isOfThisMonth ? row.providerRemainingPaise : null;
  return theirs !== null && theirs < ours ? theirs : ours;
}
