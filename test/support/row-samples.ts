import type { Knex } from 'knex';
import { rows, rows as read } from '../../platform/database';
import type { Named as Renamed, Lists } from './row-sample-types';

/** Each form in which a statement's rows are said to be an `id` and a `name`; statements.test.ts reads them, nothing runs them. */
interface Named {
  id: string;
  name: string;
}
interface WithName {
  name: string;
}
interface Extended extends WithName {
  id: string;
}
interface ExtendedOfPart extends Pick<Named, 'name'> {
  id: string;
}
type Alias = Named & { name: string };

export const SAMPLES = [
  (knex: Knex) => rows<{ id: string; name: string }>(knex, ''),
  (knex: Knex) => rows<Named>(knex, ''),
  (knex: Knex) => read<Extended>(knex, ''),
  (knex: Knex) => rows<ExtendedOfPart>(knex, ''),
  (knex: Knex) => rows<Alias>(knex, ''),
  (knex: Knex) => rows<WithName & { id: string }>(knex, ''),
  (knex: Knex) => rows<Renamed>(knex, ''),
  (knex: Knex) => rows<Pick<Renamed & { more: number }, 'id' | 'name'>>(knex, ''),
  (knex: Knex) => rows<Omit<Renamed & { more: number }, 'more'>>(knex, ''),
  (knex: Knex) => rows<Readonly<Named>>(knex, ''),
  (knex: Knex) => rows<Lists['named'][number]>(knex, ''),
  (knex: Knex) => rows<Lists['readonly'][number]>(knex, ''),
  (knex: Knex) => rows<{ id: string; name?: string }>(knex, ''),
  (knex: Knex) => rows<{ id: string } & Partial<WithName>>(knex, ''),
  async (knex: Knex) => {
    type Inner = { id: string; name: string };
    const [found] = await rows<Inner>(knex, '');
    return found;
  },
];
