import type { DigestedColumns, SealedColumn } from '../../platform/encryption';

/** A table with sealed columns, and the keyed digests beside them. Its key is a UUID. */
export interface KeyedTable {
  readonly table: string;
  readonly key: string;
  readonly sealed: readonly SealedColumn[];
  readonly digests: DigestedColumns | undefined;
}

/** The tables of these columns, by name. */
export function keyedTables(
  columns: readonly SealedColumn[],
  digests: readonly DigestedColumns[],
): ReadonlyMap<string, KeyedTable> {
  const tables = new Map<string, KeyedTable>();
  for (const column of columns) {
    const { table, key } = column;
    const sealed = [...(tables.get(table)?.sealed ?? []), column];
    tables.set(table, { table, key, sealed, digests: digests.find((one) => one.table === table) });
  }
  return tables;
}
