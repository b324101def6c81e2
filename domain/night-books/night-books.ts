import type { Knex } from 'knex';
import { holidaysOf, type ListedHoliday } from '../calendar/listing';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { runAgain } from '../night/again';
import { createNightDesk } from '../night/desk';
import { NIGHT_ERRORS } from '../night/errors';
import { createNightReader, type NightReader, type NightView } from '../night/read';
import { readSafeguarding, safeguardingDays, type SafeguardingDay } from '../safeguarding/read';
import { sealHeads, type SealHead } from '../seal/read';
import { heldAtEnd, type HeldAtEnd } from '../snapshots/read';
import { pageOf, type Page, type PageAfter } from '../../platform/page';
import type { Clock } from '../../platform/clock';

/** Nights and what came of them, for staff; lists page by page, the newest first. */
export interface NightBooks extends Pick<NightReader, 'show'> {
  list(page: PageAfter): Promise<Page<NightView>>;
  /** Throws DomainError NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER. */
  run(day: string, by: UserId): Promise<void>;
  /** What accounts held at the end of a day, in the order in which they were opened. */
  balances(day: string, page: PageAfter): Promise<Page<HeldAtEnd>>;
  /** Throws DomainError NIGHT_NOT_FOUND of a day that has none. */
  safeguarding(day: string): Promise<SafeguardingDay>;
  safeguardingDays(page: PageAfter): Promise<Page<Omit<SafeguardingDay, 'lines'>>>;
  sealHeads(page: PageAfter): Promise<Page<SealHead>>;
  holidays(year: number): Promise<ListedHoliday[]>;
}

export function createNightBooks(deps: { knex: Knex; clock: Clock; profile: string }): NightBooks {
  const { knex, clock } = deps;
  const reader = createNightReader(deps);
  const desk = createNightDesk(deps);
  return {
    list: async ({ limit, after }) => pageOf(await reader.list(limit + 1, after), limit, ({ day }) => day),
    show: (day) => reader.show(day),
    run: (day, by) => runAgain({ knex, clock, desk }, day, by),
    async balances(day, { limit, after = '0' }) {
      const found = await heldAtEnd(knex, { day, after: BigInt(after), limit: limit + 1 });
      return pageOf(found, limit, ({ id }) => id.toString());
    },
    async safeguarding(day) {
      const found = await readSafeguarding(knex, day);
      if (found !== undefined) return found;
      throw new DomainError(NIGHT_ERRORS.NIGHT_NOT_FOUND, { detail: `nothing was compared for ${day}` });
    },
    safeguardingDays: (page) => safeguardingDays(knex, page),
    sealHeads: (page) => sealHeads(knex, page),
    holidays: (year) => holidaysOf(knex, year),
  };
}
