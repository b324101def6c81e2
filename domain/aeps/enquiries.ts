import type { UserId } from '../ids/ids';
import type { OffersAeps } from './port';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { insertOne, updateWhere } from '../../platform/sql';
import type { KeyedDigest } from '../../platform/encryption';
import { derivedReference, publicId, type Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import type { Capture, Captures } from '../captures/captures';
import { refuseUnfit, type CaptureRule } from '../captures/fitness';
import { orUnknown } from '../provider/answers';
import type { DeskAnswer } from '../provider/calls';
import type { ProviderRegistry } from '../provider/provider';
import { providersOwn, REASONS, translated, type ReasonCode, type ReasonTable } from '../provider/reasons';
import { readAgent, type AepsAgent } from './agent-rows';
import { refuseUnlessReady } from './agents';
import type { EnquiryCommissions } from './enquiry-commission';
import { admit, notLearnt, providerOf, shownPaise, withoutSecrets } from './calls';
import type { AepsPolicies } from './policy';
import { requireTerminal } from './terminals';
import type { AepsRequest, Biometrics, MiniStatementLine } from './port';
import { customerOf, positionOf, type AepsCustomer, type TerminalAt } from './request';

/**
 * Balance enquiry and mini statement: no money of the customer moves, and the answer goes to the terminal and is
 * not stored. Only the fact that somebody asked is recorded, and what the provider pays us for it.
 */
export type EnquiryKind = 'balance' | 'mini_statement';
export interface Enquiry {
  kind: EnquiryKind;
  customer: AepsCustomer;
  terminal: TerminalAt;
}

export interface EnquiryView {
  id: string;
  object: 'aeps_enquiry';
  kind: EnquiryKind;
  status: 'SUCCESS' | 'FAILED';
  status_reason: ReasonCode | null;
  /** The sentence of `status_reason`. */
  status_message: string | null;
  /** The provider's own word for it; for support. */
  provider_reason: string | null;
  rrn: string | null;
  created_at: string;
  customer_balance?: number | null;
  lines?: { date: string; direction: string; amount: number | null; narration: string }[];
}

export interface Enquiries {
  /**
   * Throws DomainError AEPS_AGENT_NOT_FOUND, AEPS_AGENT_NOT_ACTIVE, AEPS_KYC_REQUIRED,
   * AEPS_DAILY_KYC_REQUIRED, AEPS_POSITION_INVALID, AEPS_TERMINAL_UNKNOWN, CAPTURE_USED, CAPTURE_UNFIT,
   * PROVIDER_UNAVAILABLE.
   */
  ask(userId: UserId, enquiry: Enquiry, biometrics: Biometrics): Promise<EnquiryView>;
}

interface Found {
  customerBalancePaise: Paise | null;
  reference: string | null;
  lines?: MiniStatementLine[];
  commissionPaise?: Paise;
}

/** The digest of a capture that comes from a registered terminal and that the customer's bank takes. */
async function captureAt(
  { knex, captures }: { knex: Knex; captures: Captures },
  { userId, enquiry, pid, rule }: { userId: UserId; enquiry: Enquiry; pid: string; rule: CaptureRule },
): Promise<Capture> {
  await requireTerminal(knex, userId, enquiry.terminal.id);
  const capture = captures.digestOf(pid);
  refuseUnfit(pid, rule);
  return capture;
}

/**
 * Stores that somebody asks, and that the capture is used. An enquiry is use of the agent's number, as a withdrawal
 * is: RBI/2025-26/63 counts both against dormancy.
 */
function storeEnquiry(
  { knex, captures, provider }: { knex: Knex; captures: Captures; provider: string },
  capture: Capture,
  enquiry: Readonly<Record<string, unknown>> & { user_id: UserId; started_at: Date },
): Promise<void> {
  return knex.transaction(async (trx) => {
    await captures.use(trx, capture);
    await insertOne(trx, 'aeps_enquiries', { ...enquiry, provider, state: 'started' });
    const { user_id, started_at } = enquiry;
    await updateWhere(trx, 'aeps_agents', { last_used_at: started_at, updated_at: started_at }, { user_id });
  });
}

export function createEnquiries(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  digest: KeyedDigest;
  providers: ProviderRegistry<OffersAeps>;
  provider: string;
  aepsPolicies: AepsPolicies;
  commissions: EnquiryCommissions;
  captures: Captures;
}): Enquiries {
  return {
    async ask(userId, enquiry, biometrics) {
      const { kind, customer, terminal } = enquiry;
      const position = positionOf(terminal.latlong);
      const { connector, calls } = providerOf(deps.providers, deps.provider);
      const agent = await readAgent(deps.knex, userId);
      const now = deps.clock.now();
      const policy = deps.aepsPolicies.at(now);
      refuseUnlessReady(agent, policy.dormantAfterMonths, now);
      const rule = policy.captureFor(customer.bank);
      const capture = await captureAt(deps, { userId, enquiry, pid: biometrics.pid, rule });
      await admit(connector);
      const id = deps.ids.uuid();
      const ourReference = derivedReference(id, 'enquiry');
      await storeEnquiry(deps, capture, {
        id,
        user_id: userId,
        kind,
        our_reference: ourReference,
        customer: customerOf(deps.digest, customer.mobile, now),
        bank: customer.bank,
        terminal_id: terminal.id,
        lat_micro: position.latMicro,
        long_micro: position.longMicro,
        started_at: now,
      });
      const request = requestOf(ourReference, agent, enquiry, biometrics);
      const answer = await orUnknown((): Promise<DeskAnswer<Found>> =>
        kind === 'balance'
          ? calls.balance(request, { admitted: true })
          : calls.miniStatement(request, { admitted: true }),
      );
      const secrets = [biometrics.aadhaar, biometrics.pid, customer.mobile];
      const reason = answer.ok ? null : withoutSecrets(answer.rawReason ?? answer.rawStatus, secrets)!;
      const earned = answer.ok
        ? deps.commissions.of({
            provider: deps.provider,
            kind,
            statedPaise: answer.value.commissionPaise ?? null,
          })
        : undefined;
      const learnt = {
        ...learntFrom(answer, secrets, reason),
        finished_at: deps.clock.now(),
        commission_paise: earned?.commissionPaise ?? null,
        tds_paise: earned?.tdsPaise ?? null,
      };
      await updateWhere(deps.knex, 'aeps_enquiries', learnt, { id });
      // What cannot be posted now is posted by the keeper: the customer gets the answer all the same.
      if (earned !== undefined) await deps.commissions.post({ id }).catch(() => undefined);
      if (!answer.ok && answer.kind === 'unknown') throw notLearnt(answer.retryAfterMs);
      const why = whyOf(reason, connector.reasons ?? {});
      return viewOf({ id, kind, at: now }, answer.ok ? answer.value : undefined, why);
    },
  };
}

function requestOf(
  ourReference: string,
  { userCode }: AepsAgent,
  { customer, terminal: { latlong } }: Enquiry,
  biometrics: Biometrics,
): AepsRequest {
  return {
    ourReference,
    terminal: { userCode, latlong },
    customerMobile: customer.mobile,
    bankCode: customer.bank,
    biometrics,
  };
}

function learntFrom(answer: DeskAnswer<Found>, secrets: readonly string[], reason: string | null) {
  return {
    state: answer.ok ? 'succeeded' : answer.kind === 'refused' ? 'failed' : 'unknown',
    raw_status: answer.ok ? 'ok' : withoutSecrets(answer.rawStatus, secrets)!,
    raw_reason: reason,
    provider_reference: answer.ok ? answer.value.reference : null,
  };
}

type Why = Pick<EnquiryView, 'status_reason' | 'status_message' | 'provider_reason'>;

function whyOf(reason: string | null, table: ReasonTable): Why {
  if (reason === null) return { status_reason: null, status_message: null, provider_reason: null };
  const code = translated(reason, table) ?? 'PROVIDER_REFUSED';
  return { status_reason: code, status_message: REASONS[code].says, provider_reason: providersOwn(reason) };
}

function viewOf(
  { id, kind, at }: { id: string; kind: EnquiryKind; at: Date },
  found: Found | undefined,
  why: Why,
): EnquiryView {
  const base = {
    id: publicId('enquiry', id),
    object: 'aeps_enquiry',
    kind,
    status: found === undefined ? 'FAILED' : 'SUCCESS',
    ...why,
    rrn: found?.reference ?? null,
    created_at: at.toISOString(),
  } as const;
  if (found === undefined) return base;
  const customer_balance = shownPaise(found.customerBalancePaise);
  return {
    ...base,
    customer_balance,
    ...(found.lines === undefined
      ? {}
      : {
          lines: found.lines.map((l) => ({
            date: l.date,
            direction: l.direction,
            amount: shownPaise(l.amountPaise),
            narration: l.narration,
          })),
        }),
  };
}
