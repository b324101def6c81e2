import type { Knex } from 'knex';
import { holidaysOf, type ListedHoliday } from '../calendar/listing';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { runAgain } from '../night/again';
import { createNightDesk } from '../night/desk';
import { NIGHT_ERRORS } from '../night/errors';
import { createNightReader, type NightReader } from '../night/read';
import { readSafeguarding, type SafeguardingDay } from '../safeguarding/read';
import { sealHeads, type SealHead } from '../seal/read';
import { heldAtEnd, type HeldAtEnd } from '../snapshots/read';
import { pageOf, type Page } from '../../platform/page';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';

/** Nights and what came of them, for staff. */
export interface NightBooks extends Pick<NightReader, 'list' | 'show'> {
  /** Throws DomainError NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER. */
  run(day: string, by: UserId): Promise<void>;
  /** What accounts held at the end of a day, page by page. Throws DomainError REQUEST_FIELD_INVALID. */
  balances(day: string, page: { limit: number; cursor?: string }): Promise<Page<HeldAtEnd>>;
  /** Throws DomainError NIGHT_NOT_FOUND of a day that has none. */
  safeguarding(day: string): Promise<SafeguardingDay>;
  sealHeads(limit: number): Promise<SealHead[]>;
  holidays(year: number): Promise<ListedHoliday[]>;
}

export function createNightBooks(deps: {
  knex: Knex;
  clock: Clock;
  profile: string;
  cursors: Cursors;
}): NightBooks {
  const { knex, clock, cursors } = deps;
  const reader = createNightReader(deps);
  const desk = createNightDesk(deps);
  return {
    list: (limit) => reader.list(limit),
    show: (day) => reader.show(day),
    run: (day, by) => runAgain({ knex, clock, desk }, day, by),
    async balances(day, { limit, cursor }) {
      const list = cursors.of(`day-balances|${day}`);
      const after = BigInt(list.decode(cursor) ?? '0');
      const found = await heldAtEnd(knex, { day, after, limit: limit + 1 });
      return pageOf(found, limit, ({ id }) => list.encode(id.toString()));
    },
    async safeguarding(day) {
      const found = await readSafeguarding(knex, day);
      if (found !== undefined) return found;
      throw new DomainError(NIGHT_ERRORS.NIGHT_NOT_FOUND, { detail: `nothing was compared for ${day}` });
    },
    sealHeads: (limit) => sealHeads(knex, limit),
    holidays: (year) => holidaysOf(knex, year),
  };
}
