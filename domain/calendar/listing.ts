import type { Knex } from 'knex';
import { rows } from '../../platform/database';

export interface ListedHoliday {
  office: string;
  day: string;
  name: string;
  knownFrom: string;
  /** False of one that was taken off the list. */
  isHoliday: boolean;
  source: string;
  certainty: string;
}

/** The rows of bank holidays of a year, by office and day; the one that is known last counts. */
export const holidaysOf = (db: Knex, year: number): Promise<ListedHoliday[]> =>
  rows<ListedHoliday>(
    db,
    `select office, day::text as day, name, known_from::text as "knownFrom", is_holiday as "isHoliday", source, certainty
    from bank_holidays where day >= make_date(:year, 1, 1) and day < make_date(:year + 1, 1, 1)
    order by office, day, known_from`,
    { year },
  );
