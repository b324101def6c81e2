import type { Knex } from 'knex';
import { knownReferences, readTransactions, type OurTransaction } from '../our-rows';
import { bookingProblems, endProblems, sumOf, sumProblems, type CounterSum } from './compare';
import type { BookName, Booking, ProviderBooks } from '../../mix/provider-books';
import { COUNTER_SERVICES } from './scenarios';
import { bookOf } from '../../customers/customers';
import type { Taken } from './taken';

/** What everyone says of the counter: the API, our tables, the books of Eko and Setu. */
export interface CounterTestimony {
  ours: ReadonlyMap<string, OurTransaction>;
  sums: readonly CounterSum[];
  others: number;
  problems: string[];
}

export async function hearCounter(
  knex: Knex,
  books: ProviderBooks,
  bookedBefore: Record<BookName, number>,
  taken: readonly Taken[],
): Promise<CounterTestimony> {
  const ours = new Map(
    (
      await readTransactions(
        knex,
        taken.flatMap((t) => t.id ?? []),
      )
    ).map((t) => [t.id, t]),
  );
  const found = await bookingsOf(books, taken, ours);
  const problems: string[] = [];
  const rows: { taken: Taken; ours: OurTransaction; bookings: readonly Booking[] }[] = [];
  for (const t of taken) {
    const row = ours.get(t.id ?? '');
    const bookings =
      row?.attempts.flatMap((a) => found.get(`${bookOf(t.scenario.service).book} ${a.ourReference}`) ?? []) ??
      [];
    if (row !== undefined) rows.push({ taken: t, ours: row, bookings });
    const told = endProblems(t);
    // What was never accepted has no row to compare.
    const compared =
      t.id === undefined ? [] : row === undefined ? ['has no row'] : bookingProblems(t, row, bookings);
    problems.push(
      ...[...told, ...compared].map(
        (problem) => `${t.scenario.service} …${t.scenario.ending} ${t.label}: ${problem}`,
      ),
    );
  }
  const sums = COUNTER_SERVICES.map((service) => sumOf(service, rows));
  problems.push(...sums.flatMap(sumProblems));
  const booked = await books.since(bookedBefore);
  const unknown = await strangers(knex, booked);
  problems.push(...unknown);
  const mine = new Set([...ours.values()].flatMap((t) => t.attempts.map((a) => a.ourReference)));
  return {
    ours,
    sums,
    others: booked.filter((b) => b.reference === null || !mine.has(b.reference)).length,
    problems,
  };
}

/** The bookings under each reference of our attempts, by book and reference. */
async function bookingsOf(
  books: ProviderBooks,
  taken: readonly Taken[],
  ours: ReadonlyMap<string, OurTransaction>,
): Promise<Map<string, Booking[]>> {
  const found = new Map<string, Booking[]>();
  for (const service of COUNTER_SERVICES) {
    const { book } = bookOf(service);
    const references = taken
      .filter((t) => t.scenario.service === service)
      .flatMap((t) => ours.get(t.id ?? '')?.attempts.map((a) => a.ourReference) ?? []);
    for (const b of await books.of(book, references))
      found.set(`${book} ${String(b.reference)}`, [
        ...(found.get(`${book} ${String(b.reference)}`) ?? []),
        b,
      ]);
  }
  return found;
}

/** No provider may have done anything that no attempt of ours asked for. */
async function strangers(knex: Knex, booked: readonly Booking[]): Promise<string[]> {
  const known = await knownReferences(
    knex,
    booked.flatMap((b) => b.reference ?? []),
  );
  return booked
    .filter((b) => b.reference === null || !known.has(b.reference))
    .map(
      (b) =>
        `the book of ${b.book} has a transaction that we never asked for (reference ${b.reference ?? 'none'})`,
    );
}
