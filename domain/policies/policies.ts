import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { percentOf, taxWithin, type Paise } from '../../platform/money';

/**
 * Prices, taxes, limits and timings, as rows in force from a business date. They are read whole, kept, and read again every half minute:
 * a new row counts in every process within that time. Only how many calls to a provider may be under way at once is fixed when a process starts.
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
/** What is passed on to the provider on top of an amount, taxes included, and the tax inside it. */
export interface Charge {
  chargePaise: Paise;
  taxWithinPaise: Paise;
}
/** So many one-time passwords in a time. */
export interface OtpLimit {
  windowMs: number;
  most: number;
}
export interface AmountLimit {
  minPaise: Paise;
  maxPaise: Paise;
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
  amountLimit(service: string, mode: string, at: Date): AmountLimit | undefined;
  periodCap(service: string, period: 'day' | 'month', at: Date): Paise | undefined;
  /** Throws DomainError POLICY_NOT_FOUND. */
  otpLimit(kind: string, at: Date): OtpLimit;
  refresh(): Promise<void>;
  close(): void;
}

interface Tables {
  prices: {
    service: string;
    mode: string;
    upToPaise: Paise;
    from: string;
    feePaise: Paise;
    providerFeePaise: Paise;
  }[];
  charges: { service: string; mode: string; from: string; bps: number; minPaise: Paise }[];
  taxes: { kind: string; from: string; bps: number }[];
  amounts: { service: string; mode: string; from: string; minPaise: Paise; maxPaise: Paise }[];
  periods: { service: string; period: string; from: string; capPaise: Paise }[];
  otps: (OtpLimit & { kind: string; from: string })[];
  services: Map<string, ServicePolicy>;
  providers: Map<string, ProviderPolicy>;
}

const REFRESH_MS = 30_000;
const MAX_FOUND = 10_000;

export async function createPolicies(deps: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  onError?(error: unknown): void;
}): Promise<Policies> {
  let tables = await readTables(deps.knex, deps.profile);
  const found = new Map<string, Price | Charge | AmountLimit | Paise | undefined>(); // answers of a business date; the tables are small, the questions many
  let foundFor = '';
  const refresh = async (): Promise<void> => {
    tables = await readTables(deps.knex, deps.profile);
    found.clear();
  };
  function once<T extends Price | Charge | AmountLimit | Paise | undefined>(
    at: Date,
    question: string,
    answer: (date: string) => T,
  ): T {
    const date = businessDate(at);
    if (date !== foundFor || found.size > MAX_FOUND) found.clear();
    foundFor = date;
    if (!found.has(question)) found.set(question, answer(date));
    return found.get(question) as T;
  }
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => deps.onError?.(error));
  }, REFRESH_MS);
  timer.unref();
  return {
    provider: (name) => need(tables.providers.get(name), `no policy of provider ${name}`),
    service: (name) => need(tables.services.get(name), `no policy of service ${name}`),
    price: (service, mode, amountPaise, at) =>
      once(at, `price|${service}|${mode}|${amountPaise}`, (date) =>
        priceOf(tables, service, mode, amountPaise, date),
      ),
    charge: (service, mode, amountPaise, at) =>
      once(at, `charge|${service}|${mode}|${amountPaise}`, (date) =>
        chargeOf(tables, service, mode, amountPaise, date),
      ),
    amountLimit: (service, mode, at) =>
      once(at, `limit|${service}|${mode}`, (date) =>
        newest(
          tables.amounts.filter((l) => l.service === service && l.mode === mode),
          date,
        ),
      ),
    periodCap: (service, period, at) =>
      once(
        at,
        `cap|${service}|${period}`,
        (date) =>
          newest(
            tables.periods.filter((l) => l.service === service && l.period === period),
            date,
          )?.capPaise,
      ),
    otpLimit: (kind, at) =>
      need(
        newest(
          tables.otps.filter((l) => l.kind === kind),
          businessDate(at),
        ),
        `no limit of one-time passwords, ${kind}`,
      ),
    refresh,
    close: () => clearInterval(timer),
  };
}

function need<T>(value: T | undefined, detail: string): T {
  if (value === undefined) throw new DomainError('POLICY_NOT_FOUND', { detail });
  return value;
}

/** The row with the latest begin that is not after the date. */
export function newest<T extends { from: string }>(candidates: readonly T[], date: string): T | undefined {
  let best: T | undefined;
  for (const c of candidates) if (c.from <= date && (best === undefined || c.from > best.from)) best = c;
  return best;
}

function priceOf(tables: Tables, service: string, mode: string, amountPaise: Paise, date: string): Price {
  const scheme = newest(
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
  const gst = newest(
    tables.taxes.filter((t) => t.kind === 'gst'),
    date,
  );
  if (slab === undefined || gst === undefined) throw new DomainError('PRICE_NOT_FOUND');
  return {
    feePaise: slab.feePaise,
    taxPaise: percentOf(slab.feePaise, BigInt(gst.bps), 'half-up'),
    providerFeePaise: slab.providerFeePaise,
  };
}

/** A share of the amount, a fixed sum at the least; the tax is inside it (charge × 18 / 118). */
function chargeOf(tables: Tables, service: string, mode: string, amountPaise: Paise, date: string): Charge {
  const rule = newest(
    tables.charges.filter((c) => c.service === service && c.mode === mode),
    date,
  );
  const gst = newest(
    tables.taxes.filter((t) => t.kind === 'gst'),
    date,
  );
  if (rule === undefined || gst === undefined) throw new DomainError('PRICE_NOT_FOUND');
  const share = percentOf(amountPaise, BigInt(rule.bps), 'half-up');
  const chargePaise = share < rule.minPaise ? rule.minPaise : share;
  return { chargePaise, taxWithinPaise: taxWithin(chargePaise, BigInt(gst.bps), 'half-up') };
}

async function readTables(knex: Knex, profile: PolicyProfile): Promise<Tables> {
  const [prices, charges, taxes, amounts, periods, otps, services, providers] = await Promise.all([
    rows<Tables['prices'][number]>(
      knex,
      `select service, mode, up_to_paise as "upToPaise", in_force_from::text as "from", fee_paise as "feePaise", provider_fee_paise as "providerFeePaise" from prices`,
    ),
    rows<Tables['charges'][number]>(
      knex,
      'select service, mode, in_force_from::text as "from", bps, min_paise as "minPaise" from charges',
    ),
    rows<Tables['taxes'][number]>(knex, 'select kind, in_force_from::text as "from", bps from tax_rates'),
    rows<Tables['amounts'][number]>(
      knex,
      'select service, mode, in_force_from::text as "from", min_paise as "minPaise", max_paise as "maxPaise" from amount_limits',
    ),
    rows<Tables['periods'][number]>(
      knex,
      'select service, period, in_force_from::text as "from", cap_paise as "capPaise" from period_limits',
    ),
    rows<Tables['otps'][number]>(
      knex,
      'select kind, in_force_from::text as "from", window_ms as "windowMs", most from otp_limits where profile = ?',
      [profile],
    ),
    rows<ServicePolicy & { service: string }>(
      knex,
      'select service, expire_after_ms as "expireAfterMs", turnaround_days as "turnaroundDays" from service_policies where profile = ?',
      [profile],
    ),
    rows<
      Omit<ProviderPolicy, 'recheckSuccessMs' | 'pollForMs'> & {
        provider: string;
        recheckSuccessMs: bigint[];
        pollForMs: bigint;
      }
    >(
      knex,
      `select provider, connect_timeout_ms as "connectTimeoutMs", total_timeout_ms as "totalTimeoutMs",
      send_window_ms as "sendWindowMs", poll_schedule_ms as "pollScheduleMs", poll_for_ms as "pollForMs", not_found_window_ms as "notFoundWindowMs", not_found_inquiries as "notFoundInquiries",
      recheck_success_ms as "recheckSuccessMs", max_in_flight as "maxInFlight", rate_per_second as "ratePerSecond" from provider_policies where profile = ?`,
      [profile],
    ),
  ]);
  return {
    prices,
    charges,
    taxes,
    amounts,
    periods,
    otps,
    services: new Map(services.map((s) => [s.service, s])),
    providers: new Map(
      providers.map((p) => [
        p.provider,
        { ...p, pollForMs: Number(p.pollForMs), recheckSuccessMs: p.recheckSuccessMs.map(Number) },
      ]),
    ),
  };
}
