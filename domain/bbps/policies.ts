import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { newest, type PolicyProfile } from '../policies/policies';
import type { Disposition } from './port';

/** Timings, routes, cool-offs and dispositions of bill payment: rows in force from a business date, read whole and again every half minute. */
export interface BbpsTimings {
  catalogueAgeMs: number;
  catalogueRetryMs: number;
  fetchStartMs: number;
  fetchAnswerMs: number;
  fetchValidMs: number;
  fetchAskGapMs: number;
  complaintAskGapMs: number;
  /** How often the loop asks about an open complaint. */
  complaintRoundMs: number;
  /** How long after its ticket ended a refund may take. */
  complaintRefundMs: number;
  /** A complaint without an answer that the provider does not have so long after it was raised is certainly not there. */
  complaintAbsentMs: number;
}
export interface DispositionRule {
  npciCode: string;
  ticketType: 'dispute' | 'complaint';
  tatDays: number;
}

export interface BbpsPolicies {
  timings(): BbpsTimings;
  /** Providers that may serve, the preferred first: those of the biller, else of the category, else of all. */
  providers(subject: { biller?: string; category?: string }): readonly string[];
  /** How long after a payment of this category no complaint is taken, ms. */
  coolOffMs(category: string, at: Date): number;
  disposition(disposition: Disposition, at: Date): DispositionRule;
  /** GST in basis points. */
  gstBps(at: Date): bigint;
  refresh(): Promise<void>;
  close(): void;
}

interface Tables {
  timings: (BbpsTimings & { from: string })[];
  routes: { scope: 'all' | 'category' | 'biller'; subject: string; from: string; providers: string[] }[];
  coolOffs: { category: string; from: string; ms: bigint }[];
  dispositions: (DispositionRule & { disposition: string; from: string })[];
  gst: { from: string; bps: number }[];
}

const REFRESH_MS = 30_000;

/** Throws DomainError PRICE_NOT_FOUND from a question whose row is missing. */
export async function createBbpsPolicies(deps: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  onError?(error: unknown): void;
}): Promise<BbpsPolicies> {
  let tables = await readTables(deps.knex, deps.profile);
  const refresh = async (): Promise<void> => {
    tables = await readTables(deps.knex, deps.profile);
  };
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => deps.onError?.(error));
  }, REFRESH_MS);
  timer.unref();
  const today = (): string => businessDate(deps.clock.now());
  const routeOf = (scope: string, subject: string | undefined) =>
    subject === undefined
      ? undefined
      : newest(
          tables.routes.filter((r) => r.scope === scope && r.subject === subject),
          today(),
        );
  return {
    timings: () => need(newest(tables.timings, today()), 'timings'),
    providers: ({ biller, category }) =>
      need(routeOf('biller', biller) ?? routeOf('category', category) ?? routeOf('all', '*'), 'route')
        .providers,
    coolOffMs(category, at) {
      const ofName = (name: string) =>
        newest(
          tables.coolOffs.filter((c) => c.category === name),
          businessDate(at),
        );
      return Number(need(ofName(category.toLowerCase()) ?? ofName('*'), 'cool-off').ms);
    },
    disposition: (disposition, at) =>
      need(
        newest(
          tables.dispositions.filter((d) => d.disposition === disposition),
          businessDate(at),
        ),
        'disposition',
      ),
    gstBps: (at) => BigInt(need(newest(tables.gst, businessDate(at)), 'tax rate').bps),
    refresh,
    close: () => clearInterval(timer),
  };
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new DomainError('PRICE_NOT_FOUND', { detail: `there is no ${what} of bill payment in force` });
  return value;
}

async function readTables(knex: Knex, profile: PolicyProfile): Promise<Tables> {
  const [timings, routes, coolOffs, dispositions, gst] = await Promise.all([
    rows<Tables['timings'][number]>(
      knex,
      `select in_force_from::text as "from", catalogue_age_ms as "catalogueAgeMs", catalogue_retry_ms as "catalogueRetryMs", fetch_start_ms as "fetchStartMs", fetch_answer_ms as "fetchAnswerMs",
      fetch_valid_ms as "fetchValidMs", fetch_ask_gap_ms as "fetchAskGapMs", complaint_ask_gap_ms as "complaintAskGapMs",
      complaint_round_ms as "complaintRoundMs", complaint_refund_ms::float8 as "complaintRefundMs", complaint_absent_ms as "complaintAbsentMs" from bbps_policies where profile = ?`,
      [profile],
    ),
    rows<Tables['routes'][number]>(
      knex,
      'select scope, subject, in_force_from::text as "from", providers from bbps_routes',
    ),
    rows<Tables['coolOffs'][number]>(
      knex,
      'select category, in_force_from::text as "from", cool_off_ms as ms from bbps_cool_offs where profile = ?',
      [profile],
    ),
    rows<Tables['dispositions'][number]>(
      knex,
      'select disposition, in_force_from::text as "from", npci_code as "npciCode", ticket_type as "ticketType", tat_days as "tatDays" from bbps_dispositions',
    ),
    rows<Tables['gst'][number]>(
      knex,
      'select in_force_from::text as "from", bps from tax_rates where kind = \'gst\'',
    ),
  ]);
  return { timings, routes, coolOffs, dispositions, gst };
}
