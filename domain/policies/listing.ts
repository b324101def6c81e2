import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import type { PolicyProfile } from './policies';

/**
 * The rows of every table of rules that are in force, for people. The tables and their keys are read from the
 * database's own catalogue, so a table that a later service brings is listed without a line here.
 */
export interface PolicyList {
  tables(): Promise<PolicyTable[]>;
  /** The rows in force today, without the profile. Throws DomainError REQUEST_FIELD_INVALID for another table. */
  inForce(table: string): Promise<Readonly<Record<string, unknown>>[]>;
}

export interface PolicyTable {
  table: string;
  rows: number;
  /** The latest date from which one of them is in force; null for a table without dates. */
  latest: string | null;
}

const DATE = 'in_force_from';
/** These have no date: a file of `policies/` changes their rows. */
const UNDATED = ['provider_policies', 'service_policies', 'verifier_policies'];
/** Columns that tell rows of one list apart; the whole list begins on one day. */
const WITHIN_A_LIST = ['up_to_paise', 'rank'];

interface RuleTable {
  name: string;
  columns: string[];
  key: string[];
}

export function createPolicyList({
  knex,
  clock,
  profile,
}: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
}): PolicyList {
  const read = async (table: RuleTable): Promise<Readonly<Record<string, unknown>>[]> => {
    const found = await rows<object>(knex, inForceSql(table), { profile, date: businessDate(clock.now()) });
    return found as Record<string, unknown>[];
  };
  return {
    async tables() {
      const found: PolicyTable[] = [];
      for (const table of await readTables(knex)) {
        const inForce = await read(table);
        const dates = inForce.map((row) => row[DATE]).filter((date) => typeof date === 'string');
        found.push({ table: table.name, rows: inForce.length, latest: dates.toSorted().at(-1) ?? null });
      }
      return found;
    },
    async inForce(name) {
      const tables = await readTables(knex);
      const table = tables.find((one) => one.name === name);
      if (table !== undefined) return read(table);
      throw new DomainError('REQUEST_FIELD_INVALID', {
        detail: `there is no table ${name}; there are ${tables.map((one) => one.name).join(', ')}`,
      });
    },
  };
}

function readTables(knex: Knex): Promise<RuleTable[]> {
  return rows<RuleTable>(
    knex,
    `select c.relname::text as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select array_agg(a.attname::text order by a.attnum) from pg_index i join pg_attribute a
        on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary) as key
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
      and (c.relname = any(:undated::text[]) or exists (select from pg_attribute a
        where a.attrelid = c.oid and a.attname = :date and not a.attisdropped))
    order by c.relname`,
    { undated: UNDATED, date: DATE },
  );
}

/** Names come from the catalogue. */
function inForceSql({ name, columns, key }: RuleTable): string {
  const shown = columns.filter((column) => column !== 'profile');
  const list = shown.map((column) => (column === DATE ? `${DATE}::text` : `"${column}"`)).join(', ');
  const profile = columns.includes('profile') ? 'profile = :profile' : ':profile::text is not null';
  const order = key.filter((column) => column !== 'profile').map((column) => `"${column}"`);
  if (!columns.includes(DATE))
    return `select ${list} from ${name} where ${profile} and :date::date is not null${
      order.length === 0 ? '' : ` order by ${order.join(', ')}`
    }`;
  const rule = key.filter((column) => ![DATE, 'profile', ...WITHIN_A_LIST].includes(column));
  const partition = rule.length === 0 ? '' : `partition by ${rule.map((column) => `"${column}"`).join(', ')}`;
  return `
    select ${list} from (
      select *, rank() over (${partition} order by ${DATE} desc) as age
      from ${name} where ${DATE} <= :date::date and ${profile}) as begun
    where age = 1 order by ${order.join(', ')}`;
}
