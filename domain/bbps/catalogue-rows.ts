import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { readPage } from '../../platform/model';
import { mapPage, type Page } from '../../platform/page';
import { arraysOf, table, text } from '../../platform/sql';
import { keepBiller, readBiller, type KeptBiller } from './biller-json';
import { BillerModel } from './biller.model';
import type { Biller, Category } from './port';

/**
 * The stored catalogue. A list is filed under its provider and subject: '*' for the categories, else the
 * category whose billers it holds.
 */
export const ALL = '*';
export interface ListRow {
  listedAt: Date | null;
  categories: Category[] | null;
}
export interface BillerRow {
  biller: Biller;
  detailedAt: Date | null;
}

export async function readList(knex: Knex, provider: string, subject: string): Promise<ListRow | undefined> {
  const [found] = await rows<{ listedAt: Date | null; categories: string | null }>(
    knex,
    'select listed_at as "listedAt", categories from bbps_lists where provider = ? and subject = ?',
    [provider, subject],
  );
  return found === undefined
    ? undefined
    : {
        listedAt: found.listedAt,
        categories: found.categories === null ? null : (JSON.parse(found.categories) as Category[]),
      };
}

/** Claims the next read of a list; false if another process has claimed it or did so a moment ago. */
export async function claimList(
  knex: Knex,
  { provider, subject }: { provider: string; subject: string },
  now: Date,
  retryMs: number,
): Promise<boolean> {
  return (
    (await execute(
      knex,
      `
    insert into bbps_lists as l (provider, subject, read_after) values (?, ?, ?)
    on conflict (provider, subject) do update set read_after = excluded.read_after where l.read_after <= ?`,
      [provider, subject, addMs(now, retryMs), now],
    )) === 1
  );
}

export async function writeCategories(
  knex: Knex,
  provider: string,
  categories: readonly Category[],
  now: Date,
): Promise<void> {
  await execute(
    knex,
    'update bbps_lists set categories = ?, listed_at = ? where provider = ? and subject = ?',
    [JSON.stringify(categories), now, provider, ALL],
  );
}

const LISTED = table<Biller>('bbps_billers', {
  id: text((b) => b.id),
  biller: text((b) => JSON.stringify(keepBiller(b))),
});

/**
 * Writes the list of a category: adds new and changed billers and deletes those no longer listed. Known
 * details are kept.
 */
export async function writeBillers(
  knex: Knex,
  { provider, category }: { provider: string; category: string },
  billers: readonly Biller[],
  now: Date,
): Promise<void> {
  const sorted = [...new Map(billers.map((b) => [b.id, b])).values()].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  await knex.transaction(async (trx) => {
    await execute(
      trx,
      `
      insert into bbps_billers as b (provider, category, listed_at, read_after, ${LISTED.names})
      select :provider, :category, :now::timestamptz, :now::timestamptz, n.* from ${LISTED.source}
      on conflict (provider, id) do update set category = excluded.category, listed_at = excluded.listed_at,
        biller = case when b.detailed_at is null then excluded.biller else b.biller end`,
      { provider, category, now, ...arraysOf(LISTED, sorted) },
    );
    await execute(trx, 'delete from bbps_billers where provider = ? and category = ? and listed_at < ?', [
      provider,
      category,
      now,
    ]);
    await execute(trx, 'update bbps_lists set listed_at = ? where provider = ? and subject = ?', [
      now,
      provider,
      category,
    ]);
  });
}

/** One page of the billers of a category, by id. */
export async function pageOfBillers(
  knex: Knex,
  { provider, category }: { provider: string; category: string },
  page: { limit: number; after: string | undefined; encode: (id: string) => string },
): Promise<Page<Biller>> {
  const query = BillerModel.query(knex).where({ provider, category });
  return mapPage(await readPage(query, { by: 'id', order: 'asc', ...page }), (row) => parse(row.biller));
}

export async function readBillerRow(
  knex: Knex,
  provider: string,
  id: string,
): Promise<BillerRow | undefined> {
  const [found] = await rows<{ biller: string; detailedAt: Date | null }>(
    knex,
    'select biller, detailed_at as "detailedAt" from bbps_billers where provider = ? and id = ?',
    [provider, id],
  );
  return found === undefined ? undefined : { biller: parse(found.biller), detailedAt: found.detailedAt };
}

/** Claims the next read of a known biller. */
export async function claimBiller(
  knex: Knex,
  { provider, id }: { provider: string; id: string },
  now: Date,
  retryMs: number,
): Promise<boolean> {
  return (
    (await execute(
      knex,
      'update bbps_billers set read_after = ? where provider = ? and id = ? and read_after <= ?',
      [addMs(now, retryMs), provider, id, now],
    )) === 1
  );
}

/** Writes a biller with its parameters. */
export async function writeBiller(knex: Knex, provider: string, biller: Biller, now: Date): Promise<void> {
  await execute(
    knex,
    `
    insert into bbps_billers (provider, id, biller, detailed_at, read_after) values (?, ?, ?, ?, ?)
    on conflict (provider, id) do update set biller = excluded.biller, detailed_at = excluded.detailed_at`,
    [provider, biller.id, JSON.stringify(keepBiller(biller)), now, now],
  );
}

function parse(json: string): Biller {
  return readBiller(JSON.parse(json) as KeptBiller);
}
