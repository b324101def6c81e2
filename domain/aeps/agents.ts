import type { UserId } from '../ids/ids';
import type { OffersAeps } from './port';
import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { errorOfConstraint, execute, type ConstraintErrors } from '../../platform/database';
import { updateWhere } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import type { KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { Captures } from '../captures/captures';
import { refuseUnfit } from '../captures/fitness';
import { phoneDigests, type OtpPeople } from '../otp/rules';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import type { ProviderRegistry } from '../provider/provider';
import { requireIfsc, type BankRows } from '../banks/ifsc';
import { accountCode, openAccounts } from '../ledger/accounts';
import { lapsedBefore, lapsesOn, readAgent, type AepsAgent } from './agent-rows';
import { deskValue, providerOf } from './calls';
import type { AepsPolicies } from './policy';
import type { AgentActivation, Biometrics, KycOtp, Terminal } from './port';
import { positionOf } from './request';

/**
 * Agents: activation with the provider, one-time verification (one-time password, then fingerprint), and a
 * daily one on each calendar day (IST). The database is written before and after the provider is called,
 * never during the call. The verification's inputs are passed through and stored nowhere.
 */
export interface AgentView {
  object: 'aeps_agent';
  user_code: string;
  state: string;
  ekyc: string;
  is_verified_today: boolean;
  dormant_on: string | null;
  activated_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

/** The agent as a customer of the provider: their own mobile number, and where they are. */
export interface Applicant {
  mobile: string;
  latlong: string;
  aadhaar: string;
}

export interface AepsAgents {
  /** Throws DomainError AEPS_AGENT_NOT_FOUND. */
  get(userId: UserId): Promise<AgentView>;
  /**
   * Opens the wallet `aeps` and asks the provider to activate the agent. Throws DomainError
   * AEPS_AGENT_ACTIVE, AEPS_AGENT_CODE_TAKEN, AEPS_POSITION_INVALID, IFSC_ENDED, BANK_CLOSED,
   * PROVIDER_REJECTED, PROVIDER_UNAVAILABLE.
   */
  activate(userId: UserId, activation: AgentActivation): Promise<AgentView>;
  /** Throws DomainError AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REFUSED, RATE_LIMITED, PROVIDER_UNAVAILABLE. */
  sendOtp(userId: UserId, applicant: Applicant): Promise<AgentView>;
  /**
   * Throws DomainError AEPS_KYC_OTP_REQUIRED, AEPS_KYC_REFUSED, OTP_DEAD, OTP_TRIES_USED_UP,
   * PROVIDER_UNAVAILABLE.
   */
  verifyOtp(userId: UserId, applicant: Applicant, otp: string): Promise<AgentView>;
  /**
   * Completes the one-time verification, and ends dormancy. Throws like verifyOtp, and DomainError CAPTURE_USED,
   * CAPTURE_UNFIT.
   */
  verifyBiometrics(userId: UserId, applicant: Applicant, captured: Fingerprint): Promise<AgentView>;
  /**
   * Throws DomainError AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REQUIRED, AEPS_KYC_REFUSED, CAPTURE_USED, CAPTURE_UNFIT,
   * PROVIDER_UNAVAILABLE.
   */
  verifyToday(userId: UserId, applicant: Applicant, captured: Fingerprint): Promise<AgentView>;
}

/** A PID block of the RD service, and the person's bank. */
export interface Fingerprint {
  bank: string;
  pid: string;
}
export interface AgentDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  providers: ProviderRegistry<OffersAeps>;
  provider: string;
  aepsPolicies: AepsPolicies;
  policies: BankRows;
  digest: KeyedDigest;
  otpSends: OtpSends;
  otpTries: OtpTries;
  captures: Captures;
}

export function createAepsAgents(deps: AgentDependencies): AepsAgents {
  const viewAfter =
    <Given extends unknown[]>(
      step: (deps: AgentDependencies, userId: UserId, ...given: Given) => Promise<void>,
    ) =>
    async (userId: UserId, ...given: Given): Promise<AgentView> => {
      await step(deps, userId, ...given);
      return viewOf(deps, userId);
    };
  return {
    get: (userId) => viewOf(deps, userId),
    activate: viewAfter(activate),
    sendOtp: viewAfter(sendOtp),
    verifyOtp: viewAfter(verifyOtp),
    verifyBiometrics: viewAfter(verifyBiometrics),
    verifyToday: viewAfter(verifyToday),
  };
}

async function viewOf({ knex, clock, aepsPolicies }: AgentDependencies, userId: UserId): Promise<AgentView> {
  const agent = await readAgent(knex, userId);
  return agentView(agent, aepsPolicies.at(clock.now()).dormantAfterMonths, clock.now());
}

const callsOf = (deps: AgentDependencies) => providerOf(deps.providers, deps.provider).calls;

async function activate(deps: AgentDependencies, userId: UserId, activation: AgentActivation): Promise<void> {
  const provider = callsOf(deps);
  requireIfsc(deps.policies, { ifsc: activation.ifsc, pointer: '#/ifsc', at: deps.clock.now() });
  await storeApplication(deps, userId, activation);
  const refuse = (): Promise<number> =>
    execute(
      deps.knex,
      "update aeps_agents set state = 'refused', updated_at = ? where user_id = ? and state = 'activation_pending'",
      [deps.clock.now(), userId],
    );
  await deskValue('PROVIDER_REJECTED', [activation.aadhaar, activation.pan, activation.accountNumber], () =>
    provider.activateAgent(activation),
  ).catch(async (error: unknown) => {
    if (error instanceof DomainError && error.code === 'PROVIDER_REJECTED') await refuse();
    throw error;
  });
  const now = deps.clock.now();
  await execute(
    deps.knex,
    `update aeps_agents set state = 'active', activated_at = ?, updated_at = ?
      where user_id = ? and state in ('activation_pending', 'refused')`,
    [now, now, userId],
  );
}

async function sendOtp(deps: AgentDependencies, userId: UserId, applicant: Applicant): Promise<void> {
  const { terminal, agent } = await applicantAt(deps, userId, applicant);
  const { kycOtpGapMs } = deps.aepsPolicies.at(deps.clock.now());
  const ask = (): Promise<KycOtp> =>
    deskValue(AEPS_ERRORS.AEPS_KYC_REFUSED, [applicant.aadhaar, applicant.mobile], () =>
      callsOf(deps).sendKycOtp({ terminal, customerMobile: applicant.mobile, aadhaar: applicant.aadhaar }),
    );
  const people = peopleOf(deps, userId, applicant, agent);
  const [sent] = await deps.otpSends.send('aeps_kyc', people, [ask], kycOtpGapMs);
  await keepOtp(deps, userId, 'otp_sent', sent!);
}

/** The agent is counted beside the phone: which phone the password goes to is the agent's to say. */
function peopleOf(
  { digest, provider }: AgentDependencies,
  userId: UserId,
  { mobile }: Applicant,
  { userCode }: AepsAgent,
): OtpPeople {
  return { phones: phoneDigests(digest, mobile), caller: userId, agent: `${provider}:${userCode}` };
}

async function verifyOtp(
  deps: AgentDependencies,
  userId: UserId,
  applicant: Applicant,
  otp: string,
): Promise<void> {
  const { terminal, agent } = await applicantAt(deps, userId, applicant);
  const sent = await otpOf(
    deps,
    agent,
    'otp_sent',
    'ask for a one-time password first (POST /v1/aeps/agent/kyc/otp); it is good for ten minutes',
  );
  const ask = (): Promise<KycOtp> =>
    deskValue(AEPS_ERRORS.AEPS_KYC_REFUSED, [applicant.aadhaar, applicant.mobile, otp], () =>
      callsOf(deps).verifyKycOtp(
        { terminal, customerMobile: applicant.mobile, aadhaar: applicant.aadhaar, otp },
        sent,
      ),
    );
  const people = peopleOf(deps, userId, applicant, agent);
  const verified = await deps.otpTries.ask('aeps_kyc', people, sent.otpRef, ask);
  await keepOtp(deps, userId, 'otp_verified', verified);
}

async function verifyBiometrics(
  deps: AgentDependencies,
  userId: UserId,
  applicant: Applicant,
  { bank, pid }: Fingerprint,
): Promise<void> {
  const { terminal, agent } = await applicantAt(deps, userId, applicant);
  const verified = await otpOf(
    deps,
    agent,
    'otp_verified',
    'verify a one-time password first (POST /v1/aeps/agent/kyc/verification)',
  );
  await useCapture(deps, { bank, pid });
  await deskValue(AEPS_ERRORS.AEPS_KYC_REFUSED, secretsOf(applicant, pid), () =>
    callsOf(deps).biometricKyc(
      {
        terminal,
        customerMobile: applicant.mobile,
        bankCode: bank,
        biometrics: { aadhaar: applicant.aadhaar, pid },
      },
      verified,
    ),
  );
  const now = deps.clock.now();
  await execute(
    deps.knex,
    `update aeps_agents
      set ekyc_state = 'done', otp_ref = null, otp_reference_tid = null, otp_at = null, last_used_at = ?,
        updated_at = ?, state = 'active'
      where user_id = ? and state in ('active', 'dormant')`,
    [now, now, userId],
  );
}

async function verifyToday(
  deps: AgentDependencies,
  userId: UserId,
  applicant: Applicant,
  { bank, pid }: Fingerprint,
): Promise<void> {
  const { terminal, agent } = await applicantAt(deps, userId, applicant);
  const now = deps.clock.now();
  refuseUnlessVerified(agent, deps.aepsPolicies.at(now).dormantAfterMonths, now);
  const biometrics: Biometrics = { aadhaar: applicant.aadhaar, pid };
  await useCapture(deps, { bank, pid });
  await deskValue(AEPS_ERRORS.AEPS_KYC_REFUSED, secretsOf(applicant, pid), () =>
    callsOf(deps).dailyKyc({ terminal, customerMobile: applicant.mobile, bankCode: bank, biometrics }),
  );
  await execute(
    deps.knex,
    'insert into aeps_daily_kyc (user_id, business_date, verified_at) values (?, ?::date, ?) on conflict do nothing',
    [userId, businessDate(now), deps.clock.now()],
  );
}

/** Throws DomainError CAPTURE_UNFIT, CAPTURE_USED. */
async function useCapture(
  { knex, clock, captures, aepsPolicies }: AgentDependencies,
  { bank, pid }: Fingerprint,
): Promise<void> {
  const capture = captures.digestOf(pid);
  refuseUnfit(pid, aepsPolicies.at(clock.now()).captureFor(bank));
  await captures.use(knex, capture);
}

function secretsOf(applicant: Applicant, pid: string): string[] {
  return [applicant.aadhaar, applicant.mobile, pid];
}

async function applicantAt(
  deps: AgentDependencies,
  userId: UserId,
  applicant: Applicant,
): Promise<{ agent: AepsAgent; terminal: Terminal }> {
  positionOf(applicant.latlong, '#/latlong');
  const agent = await readAgent(deps.knex, userId);
  if (agent.state !== 'active' && agent.state !== 'dormant')
    throw new DomainError(AEPS_ERRORS.AEPS_AGENT_NOT_ACTIVE, {
      detail: 'the provider has not activated you; POST /v1/aeps/agent',
    });
  return { agent, terminal: { userCode: agent.userCode, latlong: applicant.latlong } };
}

const CONSTRAINT_ERRORS: ConstraintErrors = {
  aeps_agents_code_unique: () =>
    new DomainError(AEPS_ERRORS.AEPS_AGENT_CODE_TAKEN, {
      detail: 'use the code that the provider gave to you',
    }),
};

/** Stores the applicant and the wallet to be credited before the provider is asked. */
async function storeApplication(
  deps: AgentDependencies,
  userId: UserId,
  { userCode, latlong }: AgentActivation,
): Promise<void> {
  const { latMicro, longMicro } = positionOf(latlong, '#/latlong');
  const now = deps.clock.now();
  const code = accountCode.wallet(userId, 'aeps');
  try {
    await deps.knex.transaction(async (trx) => {
      const accountId = (await openAccounts(trx, [code])).get(code)!;
      await execute(
        trx,
        `insert into wallets (id, user_id, kind, account_id) values (?, ?, 'aeps', ?)
          on conflict (user_id, kind) do nothing`,
        [deps.ids.uuid(), userId, accountId],
      );
      const stored = await execute(
        trx,
        `
        insert into aeps_agents as a (user_id, wallet_id, provider, user_code, state, shop_lat_micro,
          shop_long_micro, created_at, updated_at)
        select w.user_id, w.id, :provider, :userCode, 'activation_pending', :latMicro, :longMicro, :now, :now
        from wallets w where w.user_id = :userId and w.kind = 'aeps'
        on conflict (user_id) do update set provider = excluded.provider, user_code = excluded.user_code,
          state = excluded.state, shop_lat_micro = excluded.shop_lat_micro, shop_long_micro = excluded.shop_long_micro,
          updated_at = excluded.updated_at
          where a.state in ('activation_pending', 'refused')`,
        { userId, provider: deps.provider, userCode, latMicro, longMicro, now },
      );
      if (stored === 0)
        throw new DomainError(AEPS_ERRORS.AEPS_AGENT_ACTIVE, {
          detail: 'go on with the verification: POST /v1/aeps/agent/kyc/otp',
        });
    });
  } catch (error) {
    throw errorOfConstraint(error, CONSTRAINT_ERRORS);
  }
}

async function keepOtp(
  deps: AgentDependencies,
  userId: UserId,
  state: 'otp_sent' | 'otp_verified',
  { otpRef, referenceTid }: KycOtp,
): Promise<void> {
  const now = deps.clock.now();
  await updateWhere(
    deps.knex,
    'aeps_agents',
    { ekyc_state: state, otp_ref: otpRef, otp_reference_tid: referenceTid, otp_at: now, updated_at: now },
    { user_id: userId },
  );
}

async function otpOf(
  deps: AgentDependencies,
  agent: AepsAgent,
  state: 'otp_sent' | 'otp_verified',
  detail: string,
): Promise<KycOtp> {
  const { kycOtpLifeMs } = deps.aepsPolicies.at(deps.clock.now());
  const isAlive = agent.otpAt !== null && deps.clock.now().getTime() < agent.otpAt.getTime() + kycOtpLifeMs;
  if (agent.ekycState !== state || !isAlive)
    throw new DomainError(AEPS_ERRORS.AEPS_KYC_OTP_REQUIRED, { detail });
  return { otpRef: agent.otpRef!, referenceTid: agent.otpReferenceTid! };
}

/**
 * Throws DomainError AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REQUIRED. Source: RBI/2025-26/63 for dormancy, the
 * provider's contract for the one-time verification.
 */
export function refuseUnlessVerified(agent: AepsAgent, dormantAfterMonths: number, now: Date): void {
  if (agent.state === 'dormant' || (agent.state === 'active' && isLapsed(agent, dormantAfterMonths, now)))
    throw new DomainError(AEPS_ERRORS.AEPS_AGENT_NOT_ACTIVE, {
      detail:
        'you are dormant after three months without a transaction; verify yourself again, beginning with POST /v1/aeps/agent/kyc/otp',
    });
  if (agent.state !== 'active')
    throw new DomainError(AEPS_ERRORS.AEPS_AGENT_NOT_ACTIVE, {
      detail: 'the provider has not activated you; POST /v1/aeps/agent',
    });
  if (agent.ekycState !== 'done')
    throw new DomainError(AEPS_ERRORS.AEPS_KYC_REQUIRED, {
      detail: 'verify yourself once: POST /v1/aeps/agent/kyc/otp, /kyc/verification, /kyc/biometric',
    });
}

/** Throws what refuseUnlessVerified throws, and DomainError AEPS_DAILY_KYC_REQUIRED. */
export function refuseUnlessReady(agent: AepsAgent, dormantAfterMonths: number, now: Date): void {
  refuseUnlessVerified(agent, dormantAfterMonths, now);
  if (agent.verifiedOn !== businessDate(now))
    throw new DomainError(AEPS_ERRORS.AEPS_DAILY_KYC_REQUIRED, {
      detail: 'verify yourself once on each day, before the first customer: POST /v1/aeps/agent/kyc/daily',
    });
}

function isLapsed(agent: AepsAgent, dormantAfterMonths: number, now: Date): boolean {
  const last = agent.lastUsedAt ?? agent.activatedAt;
  return last !== null && last < lapsedBefore(now, dormantAfterMonths);
}

function agentView(agent: AepsAgent, dormantAfterMonths: number, now: Date): AgentView {
  const last = agent.lastUsedAt ?? agent.activatedAt;
  return {
    object: 'aeps_agent',
    user_code: agent.userCode,
    state: agent.state === 'active' && isLapsed(agent, dormantAfterMonths, now) ? 'dormant' : agent.state,
    ekyc: agent.ekycState,
    is_verified_today: agent.verifiedOn === businessDate(now),
    dormant_on: last === null ? null : lapsesOn(last, dormantAfterMonths),
    activated_at: agent.activatedAt?.toISOString() ?? null,
    last_used_at: agent.lastUsedAt?.toISOString() ?? null,
    created_at: agent.createdAt.toISOString(),
  };
}
