import knexFactory, { type Knex } from 'knex';
import type { QueryConfig } from 'pg';

/** A database without a server: each statement gets the rows that `answer` returns, or fails with what it throws. */
export function answeringKnex(answer: (query: QueryConfig) => object[]): Knex {
  const knex = knexFactory({ client: 'pg' });
  const connection = {
    query(query: QueryConfig, callback: (error: unknown, result?: object) => void): void {
      const [error, rows] = attempt(() => answer(query));
      callback(error, { rows, rowCount: rows.length });
    },
  };
  Object.assign(knex.client as object, {
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
  });
  return knex;
}

function attempt(answer: () => object[]): [unknown, object[]] {
  try {
    return [null, answer()];
  } catch (error) {
    return [error, []];
  }
}
