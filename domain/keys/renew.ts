import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { endRange, putOffRange, type Range } from './ranges';
import type { KeyedTable } from './tables';

export interface RenewDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  digest: KeyedDigest;
  /** `written`: before its rows are committed. */
  onPoint?(point: 'claimed' | 'read' | 'written'): Promise<void> | void;
}

/** What a row held when it was read, and what it is to hold: its sealed columns, then its digests. */
interface Renewal {
  key: string;
  before: Value[];
  after: Value[];
}
type Value = string | Buffer | null;

/** Rows that were locked are tried again after this long. */
const BUSY_MS = 1_000;

/**
 * Seals the rows of a range anew. Nobody waits for it and it waits for nobody: it reads without a lock, and then
 * writes only rows that are not locked and still hold what was read. A range with rows of which that is not true
 * is done again a little later.
 */
export async function renewRange(deps: RenewDependencies, table: KeyedTable, range: Range): Promise<void> {
  const { renewals, unopened } = await readRange(deps, table, range);
  await deps.onPoint?.('read');
  await deps.knex.transaction(async (trx) => {
    await execute(trx, `set local munim.renewing_keys = 'yes'`);
    const renewed = await write(trx, table, await lockFree(trx, table, renewals));
    if (renewed === renewals.length) await endRange(trx, range, { renewed, unopened });
    else await putOffRange(trx, range, { renewed, until: addMs(deps.clock.now(), BUSY_MS) });
    await deps.onPoint?.('written');
  });
}

interface Row {
  key: string;
  sealed: (string | null)[];
  digests: (Buffer | null)[];
  reads: (string | null)[];
}

async function readRange(
  deps: RenewDependencies,
  table: KeyedTable,
  range: Range,
): Promise<{ renewals: Renewal[]; unopened: number }> {
  let unopened = 0;
  const renewals: Renewal[] = [];
  for (const row of await readRows(deps, table, range)) {
    try {
      const renewal = renewalOf(deps, table, row);
      if (renewal !== undefined) renewals.push(renewal);
    } catch {
      unopened += 1; // it stays as it is; `munim keys check` tells its key
    }
  }
  return { renewals, unopened };
}

/** Rows that are sealed with the active key are left out, unless their digests have to be looked at. */
function readRows(
  { knex, cipher, digest }: RenewDependencies,
  { table, key, sealed, digests }: KeyedTable,
  { after, upTo }: Range,
): Promise<Row[]> {
  const isOld = sealed.map(({ column }) => `not starts_with(t.${column}, :current)`).join(' or ');
  const columns = digests === undefined ? '' : digests.columns.map((column) => `t.${column}`).join(', ');
  const reads = digests === undefined ? '' : digests.reads.join(', ');
  return rows<Row>(
    knex,
    `
    select t.${key} as key, array[${sealed.map(({ column }) => `t.${column}`).join(', ')}] as sealed,
      array[${columns}]::bytea[] as digests, array[${reads}]::text[] as reads
    from ${table} t
    where ${after === null ? '' : `t.${key} > :after and`} t.${key} <= :upTo and (:looksAtAll or ${isOld})
    order by t.${key}`,
    {
      ...(after === null ? {} : { after }),
      upTo,
      current: `v1.${cipher.activeKid}.`,
      looksAtAll: digest.isReplaced && digests !== undefined,
    },
  );
}

/** Undefined where everything is as it is to be. Throws when a value does not open. */
function renewalOf(deps: RenewDependencies, table: KeyedTable, row: Row): Renewal | undefined {
  const { cipher } = deps;
  const opened: Record<string, string> = {};
  const sealed = row.sealed.map((text, i) => {
    if (text === null) return null;
    const column = table.sealed[i]!;
    const place = column.place(row.key);
    const plain = cipher.open(text, place);
    opened[column.column] = plain;
    return cipher.needsRotation(text) ? cipher.seal(plain, place) : text;
  });
  const before = [...row.sealed, ...row.digests];
  const after = [...sealed, ...digestsOf(deps, table, row, opened)];
  return before.every((value, i) => isSame(value, after[i]!)) ? undefined : { key: row.key, before, after };
}

function digestsOf(
  { digest }: RenewDependencies,
  { digests }: KeyedTable,
  row: Row,
  opened: Readonly<Record<string, string>>,
): (Buffer | null)[] {
  if (digests === undefined || !digest.isReplaced) return row.digests;
  const made = digests.of(digest, opened, row.reads);
  return row.digests.map((kept, i) =>
    kept === null && digests.filled?.includes(digests.columns[i]!) !== true ? null : made[i]!,
  );
}

function isSame(a: Value, b: Value): boolean {
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b;
}

async function lockFree(
  trx: Knex.Transaction,
  { table, key }: KeyedTable,
  renewals: readonly Renewal[],
): Promise<Renewal[]> {
  if (renewals.length === 0) return [];
  const free = await rows<{ key: string }>(
    trx,
    `
    select ${key} as key from ${table} where ${key} = any(:keys::uuid[])
    order by ${key} for no key update skip locked`,
    { keys: renewals.map((renewal) => renewal.key) },
  );
  const isFree = new Set(free.map((row) => row.key));
  return renewals.filter((renewal) => isFree.has(renewal.key));
}

/** Returns how many rows still held what was read of them. */
function write(
  trx: Knex.Transaction,
  { table, key, sealed, digests }: KeyedTable,
  renewals: readonly Renewal[],
): Promise<number> {
  if (renewals.length === 0) return Promise.resolve(0);
  const columns = [
    ...sealed.map(({ column }) => ({ column, type: 'text' })),
    ...(digests?.columns ?? []).map((column) => ({ column, type: 'bytea' })),
  ];
  const values: Record<string, unknown> = { keys: renewals.map((renewal) => renewal.key) };
  for (const i of columns.keys()) {
    values[`before${i}`] = renewals.map(({ before }) => before[i] ?? null);
    values[`after${i}`] = renewals.map(({ after }) => after[i] ?? null);
  }
  const each = (of: (column: string, i: number, type: string) => string, by: string): string =>
    columns.map(({ column, type }, i) => of(column, i, type)).join(by);
  return execute(
    trx,
    `
    update ${table} t set ${each((column, i) => `${column} = n.after${i}`, ', ')}
    from unnest(:keys::uuid[], ${each((_, i, type) => `:before${i}::${type}[], :after${i}::${type}[]`, ', ')})
      as n(key, ${each((_, i) => `before${i}, after${i}`, ', ')})
    where t.${key} = n.key and ${each((column, i) => `t.${column} is not distinct from n.before${i}`, ' and ')}`,
    values,
  );
}
