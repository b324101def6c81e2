import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Knex } from 'knex';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';

/**
 * `COPY … FROM STDIN` on the connection of a database transaction; returns the number of rows. Whatever breaks off,
 * the source or the server, fails the statement, and the transaction with it. The statement's time limit counts from
 * the first byte to the last, so the pool needs one for long work.
 */
export async function copyIn(
  trx: Knex.Transaction,
  statement: string,
  source: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
): Promise<number> {
  const connection = (await trx.client.acquireConnection()) as ClientBase;
  const stream = connection.query(from(statement));
  await pipeline(Readable.from(source, { objectMode: true }), stream);
  return stream.rowCount;
}

/** One line of COPY's text format. Null is `\N`; tabs, line breaks and backslashes are escaped. */
export function copyLine(values: readonly (string | bigint | number | null | undefined)[]): string {
  let line = '';
  let isFirst = true;
  for (const value of values) {
    if (!isFirst) line += '\t';
    isFirst = false;
    if (value === null || value === undefined) line += String.raw`\N`;
    else if (typeof value === 'string')
      line += SPECIAL.test(value) ? value.replaceAll(SPECIALS, escaped) : value;
    else line += String(value);
  }
  return `${line}\n`;
}

const SPECIAL = /[\\\t\n\r]/;
const SPECIALS = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\t': 't', '\n': 'n', '\r': 'r', '\\': '\\' };
const escaped = (char: string): string => `\\${ESCAPES[char]!}`;
