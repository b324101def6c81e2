/**
 * A generated month: each day's orders are written, the day's reports and the bank's statement are imported, and the night
 * is done, in order, by a clock that goes with them. Then everything that was found is compared with what was planted.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../interruptions/random';
import { addDays } from '../../domain/night/open';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { openBank, BANK_MAPPING } from './bank';
import { openBooks, type BooksPlace, type PlantedRow, type ProviderBooks } from './books';
import { breaksOf, movedThere, nameOfExtra, type ExpectedBreak } from './expected';
import { makeMonth, type MonthOrder, type MonthPlan, type SourceName } from './plan';
import { hear, settleWhatIsDue, stateBalance, writeOrders, type WrittenOrder } from './write';
import {
  BANK,
  OPENING_PAISE,
  openingOf,
  openMonthWorld,
  PROVIDERS,
  type MonthWorld,
  type WorldPlaces,
} from './world';

export interface MonthOptions {
  seed: number;
  days: number;
  transactions: number;
  /** `2026-11-01` */
  firstDay: string;
  places: WorldPlaces;
  books: Pick<BooksPlace, 'dir' | 'accountNumber' | 'initiator'>;
  /** Orders and reports alone: no night is done. */
  onlyWrites?: boolean;
  /** Who does the nights; without it they are done here, one step after the other. */
  begin?: (world: MonthWorld) => Promise<{ night(day: number): Promise<void>; stop(): Promise<void> }>;
  told?: (progress: { day: number; written: number; isNight: boolean }) => void;
}

export interface FloatOfDay {
  source: string;
  day: string;
  oursPaise: bigint;
  theirsPaise: bigint | null;
  explainedPaise: bigint;
  unexplainedPaise: bigint | null;
}

export interface Month {
  plan: MonthPlan;
  firstDay: string;
  written: WrittenOrder[];
  expected: ExpectedBreak[];
  floats: FloatOfDay[];
}

export const SOURCES: readonly SourceName[] = ['razorpayx', 'eko', 'setu_bbps', 'setu_recharge'];
/** The hours in which orders are written together. */
const SLOTS_H = [10, 12, 14, 16, 18, 20, 22, 23, 24];
const TOGETHER = 400;
const DAY_MS = 86_400_000;

export async function runMonth<T>(
  options: MonthOptions,
  judge: (world: MonthWorld, month: Month) => Promise<T>,
): Promise<T> {
  const { firstDay, days, transactions, seed } = options;
  const plan = makeMonth(createRandom(seed), { days, transactions });
  let books: ProviderBooks | undefined;
  const world = await openMonthWorld(options.places, {
    ...{ retailers: plan.retailers, firstDay },
    topUpOf: async (clock) => {
      const nowMs = (): number => clock.now().getTime();
      books = await openBooks({ ...options.books, nowMs, openingPaise: OPENING_PAISE });
      return books.razorpayx.ids.of('bt', 0);
    },
  });
  const month: Month = { plan, firstDay, written: [], expected: [], floats: [] };
  let nights: Nights | undefined;
  try {
    nights = await options.begin?.(world);
    await execute(
      world.owner,
      `insert into recon_sources (name, kind, bank, format, mapping) values (:name, 'statement', :name, 'mapped_csv', :mapping::jsonb)`,
      { name: BANK, mapping: JSON.stringify(BANK_MAPPING) },
    );
    await goThrough(options, { world, books: books!, month, nights });
    for (const one of month.written) month.expected.push(...breaksOf(one, days));
    return await judge(world, month);
  } finally {
    await nights?.stop();
    await books?.close();
    await world.close();
  }
}

type Nights = Awaited<ReturnType<NonNullable<MonthOptions['begin']>>>;

interface Under {
  nights: Nights | undefined;
  world: MonthWorld;
  books: ProviderBooks;
  month: Month;
}

async function goThrough(options: MonthOptions, under: Under): Promise<void> {
  const { world, books, month } = under;
  const [found] = await rows<{ paise: bigint }>(
    world.knex,
    'select debits_paise - credits_paise as paise from ledger_accounts where code = ?',
    [`bank:${BANK}`],
  );
  const bank = openBank(world, { plan: month.plan, books, balancePaise: found!.paise });
  const balances = new Map<string, bigint>(PROVIDERS.map((provider) => [provider, openingOf(provider)]));
  for (let day = 0; day < options.days; day += 1) {
    const date = addDays(month.firstDay, day);
    const begins = startOfBusinessDate(date);
    const at = (second: number): void => world.clock.set(addMs(begins, second * 1_000));
    at(9 * 3_600);
    await hearReturns(under, day);
    const statement = await bank.day(day, date, month.written);
    month.expected.push(...statement.expected);
    for (const slot of slotsOf(month.plan.orders[day]!)) {
      at(slot.at(-1)!.secondOfDay);
      month.written.push(...(await writeOrders(world, books, slot)));
      options.told?.({ day, written: month.written.length, isNight: false });
    }
    at(86_399);
    await importReports(under, { day, date, statement: statement.text });
    const recent = month.written.filter(({ order }) => order.day >= day - 1);
    for (const source of SOURCES) {
      const provider = source.startsWith('setu') ? 'setu' : source;
      balances.set(provider, balances.get(provider)! + movedThere(source, day, recent));
    }
    for (const [provider, paise] of balances) await stateBalance(world, provider, paise);
    world.clock.set(addMs(begins, DAY_MS + 600_000));
    if (options.onlyWrites === true) continue;
    options.told?.({ day, written: month.written.length, isNight: true });
    await (under.nights?.night(day) ?? doNights(world));
    await world.parts.reconciliation.run({ source: BANK, businessDate: date });
    month.floats.push(...(await floatsOf(world, date)));
    await settleWhatIsDue(world);
  }
}

/** Orders that are written together: of the same hours, and not too many. */
function slotsOf(orders: readonly MonthOrder[]): MonthOrder[][] {
  return SLOTS_H.flatMap((until, i) => {
    const from = i === 0 ? 0 : SLOTS_H[i - 1]!;
    const own = orders.filter(
      ({ secondOfDay }) => secondOfDay >= from * 3_600 && secondOfDay < until * 3_600,
    );
    return Array.from({ length: Math.ceil(own.length / TOGETHER) }, (_none, n) =>
      own.slice(n * TOGETHER, (n + 1) * TOGETHER),
    );
  });
}

/** What banks have returned since yesterday, and we are told. */
async function hearReturns({ world, books, month }: Under, day: number): Promise<void> {
  const returned = month.written.filter(({ order }) => order.end === 'reversed' && order.day === day - 1);
  for (const one of returned) books.giveBack(one.slot);
  await hear(
    world,
    returned.map(({ id, reference }) => ({
      id,
      answer: { kind: 'reversed', sent: true, rawStatus: 'reversed', providerReference: reference },
    })),
  );
}

async function importReports(
  { world, books, month }: Under,
  { day, date, statement }: { day: number; date: string; statement: string },
): Promise<void> {
  const planted = month.written
    .filter(({ order }) => order.breaks.length > 0 && order.day >= day - 1)
    .flatMap((one) => plantedRows(one, day));
  const take = (source: string, text: string) =>
    world.parts.reconciliation.importFile({
      ...{ source, businessDate: date, name: `${source}_${date}` },
      open: async function* () {
        await Promise.resolve();
        yield Buffer.from(text);
      },
    });
  for (const source of SOURCES) await take(source, await books.report(source, date, planted));
  await take(BANK, statement);
}

function plantedRows({ order, ourReference, reference }: WrittenOrder, day: number): PlantedRow[] {
  const { no, source } = order;
  const breaks = order.breaks.filter((kind) => kind !== 'extra');
  const name = source === 'razorpayx' ? reference : ourReference;
  const isToday = order.day === day;
  return [
    ...(breaks.length > 0 ? [{ no, source, name, breaks }] : []),
    ...(order.breaks.includes('extra') && isToday
      ? [{ no, source, name: nameOfExtra(order), breaks: ['extra'] as const }]
      : []),
  ];
}

async function floatsOf({ parts }: MonthWorld, day: string): Promise<FloatOfDay[]> {
  const floats: FloatOfDay[] = [];
  for (const source of [...SOURCES, BANK]) {
    const { items: _items, ...float } = await parts.reconciliation.float({ source, businessDate: day });
    floats.push({ source, day, ...float });
  }
  return floats;
}

const LOOK_MS = 100;
const PATIENT_MS = 600_000;

interface Left {
  nights: number;
  left: number;
  why: string | null;
}

/** The steps that are left. */
async function leftOf({ knex }: MonthWorld): Promise<Left> {
  const [left] = await rows<Left>(
    knex,
    `select (select count(*) from nights)::int4 as nights, count(*)::int4 as left,
      string_agg(distinct kind || ': ' || why, ', ') as why from nightly_runs where state <> 'done'`,
  );
  return left!;
}

/** Every step that can begin, one after the other, until all are done. */
async function doNights(world: MonthWorld): Promise<void> {
  const { night } = world.parts;
  await night.open();
  for (const until = Date.now() + PATIENT_MS; Date.now() < until;) {
    const due = await night.due();
    for (const { id } of due) await night.run(id);
    if ((await leftOf(world)).left === 0) return;
    if (due.length === 0) await pause(LOOK_MS); // the close waits for whatever else is being written on the server
  }
  throw new Error(`the night does not end: ${(await leftOf(world)).why}`);
}

/** Until other processes have opened and done so many nights. */
export async function waitForNights(world: MonthWorld, count: number): Promise<void> {
  const until = Date.now() + PATIENT_MS;
  while (Date.now() < until) {
    const { nights, left } = await leftOf(world);
    if (nights >= count && left === 0 && (await hasSteps(world))) return;
    await pause(LOOK_MS);
  }
  throw new Error(`the night does not end: ${(await leftOf(world)).why}`);
}

async function hasSteps({ knex }: MonthWorld): Promise<boolean> {
  const [found] = await rows<{ has: boolean }>(
    knex,
    `select not exists (select from nights n
      where not exists (select from nightly_runs r where r.business_date = n.business_date)) as has`,
  );
  return found!.has;
}
