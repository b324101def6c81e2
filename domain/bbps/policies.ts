import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { createInForce, inForceOn, IN_FORCE_FROM, type Dated, type RuleTable } from '../../platform/in-force';
import { DomainError } from '../errors/errors';
import { GST, type PolicyProfile } from '../policies/policies';
import type { Disposition } from './port';

/** Timings, routes, cool-offs and dispositions of bill payment, as rows in force from a business date. */
export interface BbpsTimings {
  catalogueAgeMs: number;
  catalogueRetryMs: number;
  fetchStartMs: number;
  fetchAnswerMs: number;
  fetchValidMs: number;
  fetchAskGapMs: number;
  complaintAskGapMs: number;
  /** The interval at which the loop asks about an open complaint, ms. */
  complaintRoundMs: number;
  /** The time that a refund may take after its ticket ended, ms. */
  complaintRefundMs: number;
  /** If an unanswered complaint is still missing at the provider after this long, it was never received. */
  complaintAbsentMs: number;
  /** How long after it was paid a bill is not paid again unless that is said to be meant, ms. */
  duplicateWindowMs: number;
}
export interface DispositionRule {
  npciCode: string;
  ticketType: 'dispute' | 'complaint';
  tatDays: number;
}

export interface BbpsPolicies {
  timings(): BbpsTimings;
  /**
   * Providers that may serve, the preferred first: those of the biller, else of the category, else of all.
   */
  providers(subject: { biller?: string; category?: string }): readonly string[];
  /** The time after a payment of this category during which no complaint is accepted, ms. */
  coolOffMs(category: string, at: Date): number;
  disposition(disposition: Disposition, at: Date): DispositionRule;
  /** GST in basis points. */
  gstBps(at: Date): bigint;
  refresh(): Promise<void>;
  close(): void;
}

const TIMINGS: RuleTable<Dated & BbpsTimings> = {
  name: 'bbps_policies',
  columns: {
    from: IN_FORCE_FROM,
    catalogueAgeMs: 'catalogue_age_ms',
    catalogueRetryMs: 'catalogue_retry_ms',
    fetchStartMs: 'fetch_start_ms',
    fetchAnswerMs: 'fetch_answer_ms',
    fetchValidMs: 'fetch_valid_ms',
    fetchAskGapMs: 'fetch_ask_gap_ms',
    complaintAskGapMs: 'complaint_ask_gap_ms',
    complaintRoundMs: 'complaint_round_ms',
    complaintRefundMs: 'complaint_refund_ms::float8',
    complaintAbsentMs: 'complaint_absent_ms',
    duplicateWindowMs: 'duplicate_window_ms',
  },
  hasProfile: true,
};
type RouteScope = 'all' | 'category' | 'biller';
const ROUTES: RuleTable<Dated & { scope: RouteScope; subject: string; providers: string[] }> = {
  name: 'bbps_routes',
  columns: { from: IN_FORCE_FROM, scope: 'scope', subject: 'subject', providers: 'providers' },
};
const COOL_OFFS: RuleTable<Dated & { category: string; ms: bigint }> = {
  name: 'bbps_cool_offs',
  columns: { from: IN_FORCE_FROM, category: 'category', ms: 'cool_off_ms' },
  hasProfile: true,
};
const DISPOSITIONS: RuleTable<Dated & DispositionRule & { disposition: string }> = {
  name: 'bbps_dispositions',
  columns: {
    from: IN_FORCE_FROM,
    disposition: 'disposition',
    npciCode: 'npci_code',
    ticketType: 'ticket_type',
    tatDays: 'tat_days',
  },
};
const TABLES = {
  timings: TIMINGS,
  routes: ROUTES,
  coolOffs: COOL_OFFS,
  dispositions: DISPOSITIONS,
  gst: GST,
};

/** Throws DomainError PRICE_NOT_FOUND from a question whose row is missing. */
export async function createBbpsPolicies(deps: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  onError?(error: unknown): void;
}): Promise<BbpsPolicies> {
  const inForce = await createInForce(deps, TABLES);
  const today = (): string => businessDate(deps.clock.now());
  const routeOf = (scope: string, subject: string | undefined) =>
    subject === undefined
      ? undefined
      : inForceOn(
          inForce.rows().routes.filter((r) => r.scope === scope && r.subject === subject),
          today(),
        );
  return {
    timings: () => need(inForceOn(inForce.rows().timings, today()), 'timings'),
    providers: ({ biller, category }) =>
      need(routeOf('biller', biller) ?? routeOf('category', category) ?? routeOf('all', '*'), 'route')
        .providers,
    coolOffMs(category, at) {
      const ofName = (name: string) =>
        inForceOn(
          inForce.rows().coolOffs.filter((c) => c.category === name),
          businessDate(at),
        );
      return Number(need(ofName(category.toLowerCase()) ?? ofName('*'), 'cool-off').ms);
    },
    disposition: (disposition, at) =>
      need(
        inForceOn(
          inForce.rows().dispositions.filter((d) => d.disposition === disposition),
          businessDate(at),
        ),
        'disposition',
      ),
    gstBps: (at) => BigInt(need(inForceOn(inForce.rows().gst, businessDate(at)), 'tax rate').bps),
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new DomainError('PRICE_NOT_FOUND', { detail: `there is no ${what} of bill payment in force` });
  return value;
}
