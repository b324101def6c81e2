import { escapeLiteral, type Client } from 'pg';
import { LIST_PLANS } from '../../platform/database';

/** A node of a plan, as `explain (format json)` gives it after the statement ran. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Subplan Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** A connection that plans as those do on which lists are read. */
export async function planAsLists(db: Client): Promise<void> {
  for (const [name, value] of Object.entries(LIST_PLANS)) await db.query(`set ${name} = ${value}`);
}

/**
 * Runs a statement and returns its plan: the one for all values, which prepared statements get. With its values in
 * place a statement may well have another.
 */
export async function planOf(db: Client, sql: string, bindings: readonly Value[]): Promise<PlanNode> {
  await db.query(`prepare planned as ${sql}`);
  try {
    const values = bindings.length === 0 ? '' : `(${bindings.map(literalOf).join(', ')})`;
    const { rows } = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, buffers, timing off, format json) execute planned${values}`,
    );
    return rows[0]!['QUERY PLAN'][0].Plan;
  } finally {
    await db.query('deallocate planned');
  }
}

export function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** What our statements are given. */
export type Value = string | number | bigint | boolean | Date | Buffer | null | readonly Value[];

function literalOf(value: Value): string {
  if (value === null) return 'null';
  return escapeLiteral(
    isList(value) ? `{${value.map((one) => JSON.stringify(textOf(one))).join(',')}}` : textOf(value),
  );
}

function textOf(value: Value): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return value instanceof Date ? value.toISOString() : String(value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
