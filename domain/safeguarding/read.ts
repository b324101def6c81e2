import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { pageOf, type Page, type PageAfter } from '../../platform/page';

export interface SafeguardingDay {
  day: string;
  owedPaise: Paise;
  heldPaise: Paise;
  shortfallPaise: Paise;
  lines: { side: 'owed' | 'held'; name: string; paise: Paise }[];
}

/** What was owed to users at the end of a day against what stood for it; undefined of a day that has none. */
export async function readSafeguarding(db: Knex, day: string): Promise<SafeguardingDay | undefined> {
  const [found] = await rows<Omit<SafeguardingDay, 'lines'>>(
    db,
    `select business_date::text as day, owed_paise as "owedPaise", held_paise as "heldPaise",
      shortfall_paise as "shortfallPaise"
    from safeguarding_days where business_date = ?::date`,
    [day],
  );
  if (found === undefined) return undefined;
  const lines = await rows<SafeguardingDay['lines'][number]>(
    db,
    'select side, name, paise from safeguarding_lines where business_date = ?::date order by side desc, name',
    [day],
  );
  return { ...found, lines };
}

/** The days without their lines, the newest first; `after` is the last day that was shown. */
export async function safeguardingDays(
  db: Knex,
  { limit, after }: PageAfter,
): Promise<Page<Omit<SafeguardingDay, 'lines'>>> {
  const found = await rows<Omit<SafeguardingDay, 'lines'>>(
    db,
    `select business_date::text as day, owed_paise as "owedPaise", held_paise as "heldPaise",
      shortfall_paise as "shortfallPaise"
    from safeguarding_days where :after::date is null or business_date < :after::date
    order by business_date desc limit :limit`,
    { after: after ?? null, limit: limit + 1 },
  );
  return pageOf(found, limit, ({ day }) => day);
}
