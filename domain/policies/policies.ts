import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type RowsOf,
  type RuleTable,
} from '../../platform/in-force';
import { DomainError } from '../errors/errors';
import { ruleInForce } from '../errors/rule-in-force';
import { percentOf, taxWithin, type Paise } from '../../platform/money';
import { compareTexts } from '../../platform/order';

/**
 * Prices, taxes, limits and timings, as rows in force from a business date. They are read whole, cached, and
 * read again every half minute, so a new row takes effect in every process within that time. Only the number
 * of concurrent calls to a provider is fixed when a process starts.
 */
export type PolicyProfile = 'production' | 'development';

export interface ProviderPolicy {
  connectTimeoutMs: number;
  totalTimeoutMs: number;
  sendWindowMs: number;
  pollScheduleMs: readonly number[];
  pollForMs: number;
  notFoundWindowMs: number;
  notFoundInquiries: number;
  recheckSuccessMs: readonly number[];
  maxInFlight: number;
  ratePerSecond: number | null;
  /** Of rate and concurrent calls, what calls made while a caller waits may have at most. */
  deskPercent: number;
  /** How long a payment that failed for our balance waits before each next try; the last one repeats. */
  fundsRetryMs: readonly number[];
}
export interface ServicePolicy {
  expireAfterMs: number;
  turnaroundDays: number;
}
export interface Price {
  feePaise: Paise;
  taxPaise: Paise;
  providerFeePaise: Paise;
}
/** The charge passed on to the provider on top of an amount, tax included, and the tax inside it. */
export interface Charge {
  chargePaise: Paise;
  taxWithinPaise: Paise;
}
/** What a provider pays for a transaction by its price list: its commission, and the TDS it deducts from it. */
export interface AgreedCommission {
  commissionPaise: Paise;
  tdsPaise: Paise;
}
/** What a price list tells apart: `class` is a category of billers, an operator, a mode. */
export interface Earning {
  provider: string;
  service: string;
  class: string;
  amountPaise: Paise;
}
/** What a one-time password confirms. Refunds of every service are `dmt_refund`. */
export type OtpKind =
  | 'dmt_transfer'
  | 'dmt_refund'
  | 'dmt_ekyc'
  | 'dmt_phone'
  | 'aeps_kyc'
  | 'aeps_withdrawal'
  | 'person_sign_in'
  | 'person_password'
  | 'person_contact'
  | 'payment';
/** At most `most` one-time passwords are sent, or tried, in a window. */
export interface OtpRule {
  /** By whom they are counted; `subject`: by the one thing that a password is for. */
  by: 'phone' | 'caller' | 'caller_phone' | 'agent' | 'subject';
  span: 'gap' | 'window' | 'day';
  windowMs: number;
  most: number;
}
export interface AmountLimit {
  minPaise: Paise;
  maxPaise: Paise;
}

/** Ways between banks. */
export type BankRail = 'IMPS' | 'NEFT' | 'RTGS';
/** What is known of a bank beside the list of its IFSCs. */
export interface BankStatus {
  status: 'open' | 'merged' | 'closed';
  /** Since when, `YYYY-MM-DD`. */
  from: string;
  /** With what the IFSCs of the bank that followed begin, where it is known. */
  successor: string | null;
  /** The bank that followed one that is merged. */
  successorName: string | null;
  /** Rails that do not reach it. */
  notOn: readonly BankRail[];
}

export interface Policies {
  /** Throws DomainError POLICY_NOT_FOUND. */
  provider(name: string): ProviderPolicy;
  /** Throws DomainError POLICY_NOT_FOUND. */
  service(name: string): ServicePolicy;
  /** Our fee and the tax on it, and the provider's expected fee. Throws DomainError PRICE_NOT_FOUND. */
  price(service: string, mode: string, amountPaise: Paise, at: Date): Price;
  /** The charge that is passed on with an amount. Throws DomainError PRICE_NOT_FOUND. */
  charge(service: string, mode: string, amountPaise: Paise, at: Date): Charge;
  /** What the provider pays us for an amount; undefined where its price list says nothing. */
  commission(earning: Earning, at: Date): AgreedCommission | undefined;
  /** What is withheld of a commission; undefined where no rate is in force. */
  tdsOn(commissionPaise: Paise, at: Date): Paise | undefined;
  amountLimit(service: string, mode: string, at: Date): AmountLimit | undefined;
  periodCap(service: string, period: 'day' | 'month', at: Date): Paise | undefined;
  /** The rules in force, one for each `by` and `span`. Throws DomainError POLICY_NOT_FOUND if there is none. */
  otpRules(what: 'send' | 'try', kind: OtpKind, at: Date): readonly OtpRule[];
  /** The row in force for a bank, by the first four letters of its IFSCs; undefined for most. */
  bankStatus(bank: string, at: Date): BankStatus | undefined;
  /** All such rows, by bank, in the order of banks. */
  bankStatuses(at: Date): ReadonlyMap<string, BankStatus>;
  refresh(): Promise<void>;
  close(): void;
}

interface PriceRow extends Dated {
  service: string;
  mode: string;
  upToPaise: Paise;
  feePaise: Paise;
  providerFeePaise: Paise;
}
interface ChargeRow extends Dated {
  service: string;
  mode: string;
  bps: number;
  minPaise: Paise;
}
interface CommissionRow extends Dated, Omit<Earning, 'amountPaise'> {
  upToPaise: Paise;
  flatPaise: Paise;
  bps: number;
}
type ProviderRow = Omit<ProviderPolicy, 'recheckSuccessMs' | 'pollForMs'> & {
  provider: string;
  recheckSuccessMs: bigint[];
  pollForMs: bigint;
};

const PRICES: RuleTable<PriceRow> = {
  name: 'prices',
  columns: {
    from: IN_FORCE_FROM,
    service: 'service',
    mode: 'mode',
    upToPaise: 'up_to_paise',
    feePaise: 'fee_paise',
    providerFeePaise: 'provider_fee_paise',
  },
};
const CHARGES: RuleTable<ChargeRow> = {
  name: 'charges',
  columns: { from: IN_FORCE_FROM, service: 'service', mode: 'mode', bps: 'bps', minPaise: 'min_paise' },
};
/** GST in basis points. */
export const GST: RuleTable<Dated & { bps: number }> = {
  name: 'tax_rates',
  columns: { from: IN_FORCE_FROM, bps: 'bps' },
  where: "kind = 'gst'",
};
/** TDS on commission, in basis points. */
const COMMISSION_TDS: RuleTable<Dated & { bps: number }> = {
  ...GST,
  where: "kind = 'tds_commission'",
};
const COMMISSIONS: RuleTable<CommissionRow> = {
  name: 'provider_commissions',
  columns: {
    from: IN_FORCE_FROM,
    provider: 'provider',
    service: 'service',
    class: 'class',
    upToPaise: 'up_to_paise',
    flatPaise: 'flat_paise',
    bps: 'bps',
  },
};
const AMOUNTS: RuleTable<Dated & AmountLimit & { service: string; mode: string }> = {
  name: 'amount_limits',
  columns: {
    from: IN_FORCE_FROM,
    service: 'service',
    mode: 'mode',
    minPaise: 'min_paise',
    maxPaise: 'max_paise',
  },
};
const PERIODS: RuleTable<Dated & { service: string; period: string; capPaise: Paise }> = {
  name: 'period_limits',
  columns: { from: IN_FORCE_FROM, service: 'service', period: 'period', capPaise: 'cap_paise' },
};
const OTPS: RuleTable<Dated & OtpRule & { what: 'send' | 'try'; kind: string }> = {
  name: 'otp_limits',
  columns: {
    from: IN_FORCE_FROM,
    what: 'what',
    kind: 'kind',
    by: 'counted_by',
    span: 'span',
    windowMs: 'window_ms',
    most: 'most',
  },
  hasProfile: true,
};
const BANKS: RuleTable<Dated & BankStatus & { bank: string }> = {
  name: 'bank_statuses',
  columns: {
    from: IN_FORCE_FROM,
    bank: 'bank',
    status: 'status',
    successor: 'successor',
    successorName: 'successor_name',
    notOn: 'not_on',
  },
};
const SERVICES: RuleTable<ServicePolicy & { service: string }> = {
  name: 'service_policies',
  columns: { service: 'service', expireAfterMs: 'expire_after_ms', turnaroundDays: 'turnaround_days' },
  hasProfile: true,
};
const PROVIDERS: RuleTable<ProviderRow> = {
  name: 'provider_policies',
  columns: {
    provider: 'provider',
    connectTimeoutMs: 'connect_timeout_ms',
    totalTimeoutMs: 'total_timeout_ms',
    sendWindowMs: 'send_window_ms',
    pollScheduleMs: 'poll_schedule_ms',
    pollForMs: 'poll_for_ms',
    notFoundWindowMs: 'not_found_window_ms',
    notFoundInquiries: 'not_found_inquiries',
    recheckSuccessMs: 'recheck_success_ms',
    maxInFlight: 'max_in_flight',
    ratePerSecond: 'rate_per_second',
    deskPercent: 'desk_percent',
    fundsRetryMs: 'funds_retry_ms',
  },
  hasProfile: true,
};
const TABLES = {
  prices: PRICES,
  charges: CHARGES,
  gst: GST,
  commissions: COMMISSIONS,
  commissionTds: COMMISSION_TDS,
  amounts: AMOUNTS,
  periods: PERIODS,
  otps: OTPS,
  banks: BANKS,
  services: SERVICES,
  providers: PROVIDERS,
};
type Tables = RowsOf<typeof TABLES>;

const MAX_FOUND = 10_000;

type Found =
  | Price
  | Charge
  | AgreedCommission
  | AmountLimit
  | Paise
  | ReadonlyMap<string, BankStatus>
  | undefined;

export async function createPolicies(deps: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  onError?(error: unknown): void;
}): Promise<Policies> {
  const inForce = await createInForce(deps, TABLES);
  /** Caches answers for one business date from one read: the tables are small, the questions many. */
  const found = new Map<string, Found>();
  let foundFor: { date: string; tables: Tables | undefined } = { date: '', tables: undefined };
  function once<T extends Found>(at: Date, question: string, answer: (date: string, tables: Tables) => T): T {
    const date = businessDate(at);
    const tables = inForce.rows();
    if (date !== foundFor.date || tables !== foundFor.tables || found.size > MAX_FOUND) {
      found.clear();
      foundFor = { date, tables };
    }
    if (!found.has(question)) found.set(question, answer(date, tables));
    return found.get(question) as T;
  }
  const bankStatuses = (at: Date): ReadonlyMap<string, BankStatus> =>
    once(at, 'banks', (date, tables) => banksOn(tables, date));
  return {
    provider: (name) => ruleInForce(providerPolicyOf(inForce.rows(), name), `no policy of provider ${name}`),
    service: (name) =>
      ruleInForce(
        inForce.rows().services.find((s) => s.service === name),
        `no policy of service ${name}`,
      ),
    price: (service, mode, amountPaise, at) =>
      once(at, `price|${service}|${mode}|${amountPaise}`, (date, tables) =>
        priceOf(tables, { service, mode, amountPaise, date }),
      ),
    charge: (service, mode, amountPaise, at) =>
      once(at, `charge|${service}|${mode}|${amountPaise}`, (date, tables) =>
        chargeOf(tables, { service, mode, amountPaise, date }),
      ),
    commission: (earning, at) =>
      once(
        at,
        `commission|${earning.provider}|${earning.service}|${earning.class}|${earning.amountPaise}`,
        (date, tables) => commissionOf(tables, earning, date),
      ),
    tdsOn: (commissionPaise, at) => tdsOf(inForce.rows(), commissionPaise, businessDate(at)),
    amountLimit: (service, mode, at) =>
      once(at, `limit|${service}|${mode}`, (date, tables) =>
        inForceOn(
          tables.amounts.filter((l) => l.service === service && l.mode === mode),
          date,
        ),
      ),
    periodCap: (service, period, at) =>
      once(
        at,
        `cap|${service}|${period}`,
        (date, tables) =>
          inForceOn(
            tables.periods.filter((l) => l.service === service && l.period === period),
            date,
          )?.capPaise,
      ),
    otpRules: (what, kind, at) => otpRulesOn(inForce.rows(), { what, kind, date: businessDate(at) }),
    bankStatus: (bank, at) => bankStatuses(at).get(bank),
    bankStatuses,
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

function otpRulesOn(
  { otps }: Tables,
  { what, kind, date }: { what: 'send' | 'try'; kind: OtpKind; date: string },
): OtpRule[] {
  const rows = otps.filter((rule) => rule.what === what && rule.kind === kind);
  const names = new Set(rows.map(({ by, span }) => `${by} ${span}`));
  const rules = [...names].flatMap(
    (name) =>
      inForceOn(
        rows.filter(({ by, span }) => `${by} ${span}` === name),
        date,
      ) ?? [],
  );
  ruleInForce(rules[0], `no limit of one-time passwords, ${what} ${kind}`);
  return rules;
}

function banksOn({ banks }: Tables, date: string): ReadonlyMap<string, BankStatus> {
  const codes = [...new Set(banks.map(({ bank }) => bank))].toSorted(compareTexts);
  return new Map(
    codes.flatMap((code) => {
      const found = inForceOn(
        banks.filter(({ bank }) => bank === code),
        date,
      );
      return found === undefined ? [] : [[code, found] as const];
    }),
  );
}

function providerPolicyOf({ providers }: Tables, name: string): ProviderPolicy | undefined {
  const found = providers.find((p) => p.provider === name);
  if (found === undefined) return undefined;
  return {
    ...found,
    pollForMs: Number(found.pollForMs),
    recheckSuccessMs: found.recheckSuccessMs.map(Number),
  };
}

interface PricedAmount {
  service: string;
  mode: string;
  amountPaise: Paise;
  date: string;
}

function priceOf(tables: Tables, { service, mode, amountPaise, date }: PricedAmount): Price {
  const scheme = inForceOn(
    tables.prices.filter((p) => p.service === service && p.mode === mode),
    date,
  );
  // All slabs of one scheme begin on the same day; the smallest that holds the amount counts.
  const slab = tables.prices
    .filter(
      (p) =>
        p.service === service && p.mode === mode && p.from === scheme?.from && amountPaise <= p.upToPaise,
    )
    .toSorted((a, b) => (a.upToPaise < b.upToPaise ? -1 : 1))[0];
  const gst = inForceOn(tables.gst, date);
  if (slab === undefined || gst === undefined) throw new DomainError('PRICE_NOT_FOUND');
  return {
    feePaise: slab.feePaise,
    taxPaise: percentOf(slab.feePaise, BigInt(gst.bps), 'half-up'),
    providerFeePaise: slab.providerFeePaise,
  };
}

/** A share of the amount, but at least a fixed sum; it includes the tax (charge × 18 / 118). */
function chargeOf(tables: Tables, { service, mode, amountPaise, date }: PricedAmount): Charge {
  const rule = inForceOn(
    tables.charges.filter((c) => c.service === service && c.mode === mode),
    date,
  );
  const gst = inForceOn(tables.gst, date);
  if (rule === undefined || gst === undefined) throw new DomainError('PRICE_NOT_FOUND');
  const share = percentOf(amountPaise, BigInt(rule.bps), 'half-up');
  const chargePaise = share < rule.minPaise ? rule.minPaise : share;
  return { chargePaise, taxWithinPaise: taxWithin(chargePaise, BigInt(gst.bps), 'half-up') };
}

function commissionOf(
  tables: Tables,
  { provider, service, class: className, amountPaise }: Earning,
  date: string,
): AgreedCommission | undefined {
  const list = tables.commissions.filter(
    (c) => c.provider === provider && c.service === service && c.class === className,
  );
  // All slabs of one price list begin on the same day; the smallest that holds the amount counts.
  const { from } = inForceOn(list, date) ?? {};
  const slab = list
    .filter((c) => c.from === from && amountPaise <= c.upToPaise)
    .toSorted((a, b) => (a.upToPaise < b.upToPaise ? -1 : 1))[0];
  if (slab === undefined) return undefined;
  const commissionPaise = slab.flatPaise + percentOf(amountPaise, BigInt(slab.bps), 'half-up');
  const tdsPaise = tdsOf(tables, commissionPaise, date);
  return tdsPaise === undefined ? undefined : { commissionPaise, tdsPaise };
}

function tdsOf(tables: Tables, commissionPaise: Paise, date: string): Paise | undefined {
  const rate = inForceOn(tables.commissionTds, date);
  return rate === undefined ? undefined : percentOf(commissionPaise, BigInt(rate.bps), 'half-up');
}
