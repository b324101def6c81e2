/**
 * Each list and search is served by the index that was made for it, and reads about as many rows as it shows. Without
 * the index the plan is another one, and the test says which.
 */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { ENDED } from '../../../domain/transactions/list';
import {
  listQuestions,
  listReaders,
  watchStatements,
  type Question,
} from '../../../bench/support/list-questions';
import { nodesOf, planAsLists, planOf, type PlanNode } from '../../../bench/support/plans';
import { makePlatformHistory } from '../../../bench/support/platform-history';
import { makeListsKnex, rows } from '../../../platform/database';
import { freshDatabase, type TestDatabase } from '../../support/database';

/** Enough for the planner to tell the indexes apart. */
const ROWS = 6_000;
/** Rows of the tables below that one question may look at: a page of every service and state, and never the history. */
const MOST_ROWS = 400;
const TABLES = [
  'transactions',
  'requests',
  'ledger_transfers',
  'aeps_withdrawals',
  'recharges',
  'dmt_senders',
  'dispatch_attempts',
  'transaction_outcomes',
];

/** By one of these a row is read of which the id is known; the lists of all have the first as their own. */
const BY_ID = ['transactions_of_user', 'transactions_pkey'];
const PAGE = ['transactions_of_user'];
const OPEN_ARMS = ['transactions_open'];
const BOTH_ARMS = ['transactions_ended', 'transactions_open'];
const STATEMENT = ['ledger_transfers_credit_statement', 'ledger_transfers_debit_statement'];
const REFERENCE = ['requests_reference_unique', 'transactions_parts'];
const PROVIDERS_ID = ['dispatch_attempts_provider_reference', 'transaction_outcomes_provider_reference'];
const FOUND_BY_OPS = [...REFERENCE, ...PROVIDERS_ID, 'transaction_outcomes_utr'];

const INDEXES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(newest|100 lines|a day$)/, PAGE],
  [/^(SUCCESS|FAILED|REVERSED|recharges, FAILED|a day, )/, BOTH_ARMS],
  [/^(payouts|dmt)/, BOTH_ARMS],
  [/^(PENDING|confirm|chase|consent_to_refund)/, OPEN_ARMS],
  [/^acknowledge_cash/, ['aeps_withdrawals_to_acknowledge']],
  [/^reference/, REFERENCE],
  [/^utr$/, ['transaction_outcomes_utr']],
  [/^id of the provider$/, PROVIDERS_ID],
  [/^statement/, STATEMENT],
  [
    /^ops: a mobile number$/,
    [...FOUND_BY_OPS, 'aeps_withdrawals_of_mobile', 'dmt_senders_of_mobile', 'recharges_of_mobile'],
  ],
  [/^ops: /, FOUND_BY_OPS],
];

let database: TestDatabase;
let db: Client;
let lists: Knex;
let questions: Question[];
beforeAll(async () => {
  database = await freshDatabase();
  db = new Client({ connectionString: database.url });
  await db.connect();
  const history = await makePlatformHistory(db, ROWS);
  lists = makeListsKnex(database.url, { max: 1 });
  questions = await listQuestions(db, history, listReaders(lists, randomBytes(32)));
  await planAsLists(db);
});
afterAll(async () => {
  await lists.destroy();
  await db.end();
  await database.dropBeside();
});

/** The nodes of a question's plans that find what is on the page. What is read of each line then is not looked at. */
async function scansOf(
  { ask }: Question,
  statements: ReturnType<typeof watchStatements>,
): Promise<PlanNode[]> {
  const found: PlanNode[] = [];
  for (const { sql, bindings } of await statements.during(() => ask(1))) {
    const nodes = nodesOf(await planOf(db, sql, bindings));
    const finding = nodes.find((node) => node['Subplan Name'] === 'CTE found');
    found.push(...(finding === undefined ? nodes : nodesOf(finding)));
  }
  return found.filter((node) => {
    const table = node['Relation Name'] ?? node['Index Name'] ?? '';
    return TABLES.some((name) => table.startsWith(name));
  });
}

test('each list and search is served by its index, and reads a page of it', async () => {
  const statements = watchStatements(lists);
  const seen: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  for (const question of questions) {
    const scans = await scansOf(question, statements);
    const visited = scans.reduce(
      (sum, n) => sum + (n['Actual Rows'] + (n['Rows Removed by Filter'] ?? 0)) * n['Actual Loops'],
      0,
    );
    const used = scans.map(
      (node) => node['Index Name'] ?? `${node['Node Type']} of ${node['Relation Name']}`,
    );
    const indexes = INDEXES.find(([name]) => name.test(question.name))?.[1] ?? [];
    const own = [...new Set(used)].filter((name) => indexes.includes(name) || !BY_ID.includes(name));
    seen[question.name] = [own.toSorted(), visited <= MOST_ROWS ? 'a page' : `${visited} rows`];
    wanted[question.name] = [indexes.toSorted(), 'a page'];
  }
  expect(seen).toEqual(wanted);
});

test('the partial indexes have every state between them, those that end in the list of what has ended', async () => {
  const found = await rows<{ name: string; condition: string }>(
    lists,
    `select indexrelid::regclass::text as name, pg_get_expr(indpred, indrelid) as condition from pg_index
     where indexrelid in ('transactions_open'::regclass, 'transactions_ended'::regclass) order by 1`,
  );
  expect(found.map(({ condition }) => condition)).toEqual(['(ended_as IS NOT NULL)', '(ended_as IS NULL)']);
  const [rule] = await rows<{ said: string }>(
    lists,
    `select pg_get_constraintdef(oid) as said from pg_constraint where conname = 'transactions_ended_as_its_state'`,
  );
  const states = [...rule!.said.matchAll(/'(\w+)'/g)].map(([, state]) => state);
  expect(new Set(states)).toEqual(new Set(ENDED));
});
