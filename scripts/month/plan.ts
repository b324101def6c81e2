/**
 * What happens in a generated month: every order with its end, and what the providers' reports, the bank and our own
 * books say of it differently. A seed gives the same month.
 */
import type { Random } from '../interruptions/random';

export type ServiceName = 'payout' | 'dmt' | 'bbps' | 'recharge' | 'aeps';
/** As `recon_sources` names them. */
export type SourceName = 'razorpayx' | 'eko' | 'setu_bbps' | 'setu_recharge';

/**
 * What became of it.
 *   told_…   the provider knows the end, and we have heard nothing of it when the day is closed
 *   stuck    we know the success, and the provider's report still calls it under way
 *   returned the bank has given it back on the same day, which we have not heard
 *   reversed the same on the next day, and we have heard it
 */
export type End =
  | 'succeeded'
  | 'failed'
  | 'reversed'
  | 'refund_pending'
  | 'told_success'
  | 'told_failure'
  | 'stuck'
  | 'returned';

/** As the sandbox's orders for reports name them. `other_end`: the report says the opposite of what we know. */
export const BREAKS = [
  'missing',
  'late',
  'amount',
  'fee',
  'commission',
  'other_end',
  'twice',
  'extra',
] as const;
export type BreakName = (typeof BREAKS)[number];

export interface MonthOrder {
  no: number;
  /** Counted from 0. */
  day: number;
  /** Since midnight in India. */
  secondOfDay: number;
  service: ServiceName;
  source: SourceName;
  /** Which of the retailers. */
  retailer: number;
  amountPaise: bigint;
  /** The mode, category or operator. */
  place: string;
  end: End;
  breaks: readonly BreakName[];
}

/** What the bank's statement of a day says beside what it should. */
export interface BankPlan {
  day: number;
  /** The settlement of Setu's bills has so much more or, below zero, less than its rows come to. */
  settlementDiffersPaise: bigint;
  unknownCreditPaise: bigint;
  unknownDebitPaise: bigint;
}

export interface MonthPlan {
  days: number;
  retailers: number;
  orders: readonly (readonly MonthOrder[])[];
  banks: readonly BankPlan[];
}

interface Plant {
  sources: readonly SourceName[];
  services?: readonly ServiceName[];
  breaks: readonly BreakName[];
  end?: End;
  /** In the last hour of the day, and so perhaps in the next report. */
  isLastHour?: true;
}

const REPORTS: readonly SourceName[] = ['eko', 'setu_bbps', 'setu_recharge'];
const ALL: readonly SourceName[] = ['razorpayx', ...REPORTS];

/** Every break, and the mixes of them that a report can hold. */
export const PLANTS: readonly Plant[] = [
  { sources: ALL, breaks: ['missing'] },
  { sources: ALL, breaks: ['missing'], isLastHour: true },
  { sources: ALL, breaks: ['late'] },
  { sources: ALL, breaks: ['late'], isLastHour: true },
  { sources: ALL, breaks: ['amount'] },
  { sources: ALL, breaks: ['twice'] },
  { sources: ALL, breaks: ['extra'] },
  { sources: ['eko'], services: ['dmt'], breaks: ['fee'] },
  { sources: ['eko'], breaks: ['commission'] },
  { sources: REPORTS, breaks: ['other_end'] },
  { sources: ALL, breaks: ['other_end'], end: 'failed' },
  { sources: ALL, breaks: [], end: 'told_success' },
  { sources: REPORTS, breaks: [], end: 'told_failure' },
  { sources: REPORTS, breaks: [], end: 'stuck' },
  { sources: ['razorpayx'], breaks: [], end: 'returned' },
  { sources: ALL, breaks: ['amount', 'late'] },
  { sources: ALL, breaks: ['amount', 'twice'] },
  { sources: REPORTS, breaks: ['other_end', 'twice'] },
  { sources: ALL, breaks: ['twice', 'late'], isLastHour: true },
  { sources: ['eko'], services: ['dmt'], breaks: ['fee', 'commission'] },
  { sources: ['eko'], breaks: ['amount', 'commission'] },
];

const WEIGHTS: readonly (readonly [ServiceName, number])[] = [
  ['payout', 40],
  ['dmt', 20],
  ['recharge', 16],
  ['bbps', 12],
  ['aeps', 12],
];
const PLACES: Readonly<Record<ServiceName, readonly string[]>> = {
  payout: ['IMPS', 'NEFT', 'UPI'],
  dmt: ['IMPS'],
  bbps: ['8', '11', '1', '22'],
  recharge: ['jio', 'airtel', 'vi'],
  aeps: ['withdrawal'],
};
/** Rupees, from and to. */
const AMOUNTS: Readonly<Record<ServiceName, readonly [number, number]>> = {
  payout: [100, 20_000],
  dmt: [100, 5_000],
  bbps: [50, 4_000],
  recharge: [20, 1_000],
  aeps: [100, 5_000],
};
const HOUR_S = 3_600;
const OPENS_S = 8 * HOUR_S;
/** The day's last order is made so long before midnight that its end is known before it. */
const CLOSES_S = 24 * HOUR_S - 120;
const LAST_HOUR_S = 23 * HOUR_S + 60;

export function makeMonth(
  random: Random,
  { days, transactions }: { days: number; transactions: number },
): MonthPlan {
  const retailers = Math.max(8, Math.min(400, Math.round(transactions / 500)));
  const perDay = Math.ceil(transactions / days);
  const plants = plantsOf(random, days, perDay);
  const orders = Array.from({ length: days }, (_none, day): MonthOrder[] => {
    const count = Math.max(0, Math.min(perDay, transactions - day * perDay));
    const planted = plants[day]!.slice(0, count);
    const list = [
      ...planted.map((plant) => plantedOrder(random, { day, retailers, plant })),
      ...Array.from({ length: count - planted.length }, () => usual(random, { day, retailers, days })),
    ];
    return list
      .toSorted((a, b) => a.secondOfDay - b.secondOfDay)
      .map((one, i) => ({ ...one, no: day * perDay + i }));
  });
  return { days, retailers, orders, banks: banksOf(random, days) };
}

/** Each kind at least once in the month if there is room, and one order in a hundred is one. */
function plantsOf(
  random: Random,
  days: number,
  perDay: number,
): (Plant & { source: SourceName; service: ServiceName })[][] {
  const kinds = PLANTS.flatMap((plant) =>
    plant.sources.flatMap((source) =>
      servicesOf(source)
        .filter((service) => plant.services?.includes(service) ?? true)
        // a report of today is the last that is read: what comes tomorrow is missing, which is a plant of its own
        .map((service) => ({ ...plant, source, service })),
    ),
  );
  const aDay = Math.max(Math.ceil(kinds.length / days), Math.round(perDay / 100));
  const left: typeof kinds = [];
  return Array.from({ length: days }, (_none, day) => {
    const today: typeof kinds = [];
    while (today.length < aDay) {
      if (left.length === 0) left.push(...random.shuffled(kinds));
      const next = left.findIndex((one) => day < days - 1 || !one.breaks.includes('late'));
      if (next < 0) break;
      today.push(...left.splice(next, 1));
    }
    return today;
  });
}

function servicesOf(source: SourceName): readonly ServiceName[] {
  if (source === 'razorpayx') return ['payout'];
  if (source === 'eko') return ['dmt', 'bbps', 'recharge', 'aeps'];
  return source === 'setu_bbps' ? ['bbps'] : ['recharge'];
}

interface At {
  day: number;
  retailers: number;
}
type Drawn = Omit<MonthOrder, 'no'>;

function plantedOrder(
  random: Random,
  { day, retailers, plant }: At & { plant: Plant & { source: SourceName; service: ServiceName } },
): Drawn {
  const { source, service, end = 'succeeded', breaks, isLastHour } = plant;
  const secondOfDay =
    isLastHour === true ? random.whole(LAST_HOUR_S, CLOSES_S) : random.whole(OPENS_S, 22 * HOUR_S);
  return {
    ...{ day, secondOfDay, service, source, end, breaks },
    ...facts(random, service, retailers),
  };
}

function usual(random: Random, { day, retailers, days }: At & { days: number }): Drawn {
  const service = weighted(random);
  const source = sourceOf(random, service);
  const luck = random.next();
  let end: End = 'succeeded';
  if (luck < 0.04) end = 'failed';
  else if (luck < 0.05 && service === 'payout' && day < days - 1) end = 'reversed';
  else if (luck < 0.05 && service === 'dmt') end = 'refund_pending';
  return {
    ...{ day, secondOfDay: random.whole(OPENS_S, CLOSES_S), service, source, end, breaks: [] },
    ...facts(random, service, retailers),
  };
}

function facts(
  random: Random,
  service: ServiceName,
  retailers: number,
): Pick<MonthOrder, 'retailer' | 'amountPaise' | 'place'> {
  const [from, to] = AMOUNTS[service];
  return {
    retailer: random.whole(0, retailers - 1),
    amountPaise: BigInt(random.whole(from, to)) * 100n,
    place: random.pick(PLACES[service]),
  };
}

function weighted(random: Random): ServiceName {
  let left = random.whole(1, 100);
  for (const [service, weight] of WEIGHTS) {
    left -= weight;
    if (left <= 0) return service;
  }
  return 'payout';
}

/** Two providers share bills and recharges. */
function sourceOf(random: Random, service: ServiceName): SourceName {
  if (service === 'payout') return 'razorpayx';
  if (service === 'dmt' || service === 'aeps' || random.next() < 0.5) return 'eko';
  return service === 'bbps' ? 'setu_bbps' : 'setu_recharge';
}

/** Every third day something at the bank does not fit. */
function banksOf(random: Random, days: number): BankPlan[] {
  return Array.from({ length: days }, (_none, day) => {
    const kind = day % 3 === 1 ? random.whole(1, 4) : 0;
    const paise = BigInt(random.whole(1, 5_000));
    return {
      day,
      settlementDiffersPaise: [0n, -paise, paise][kind] ?? 0n,
      unknownCreditPaise: kind === 3 ? paise : 0n,
      unknownDebitPaise: kind === 4 ? paise : 0n,
    };
  });
}
