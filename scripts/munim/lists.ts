import type { Command } from './command';
import { readUser } from './read-ids';

/** What is in force, and who is paid: to look at, nothing here changes anything. */

const LISTED = 500;

export const LISTS: readonly Command[] = [
  {
    name: 'policy list',
    permission: 'policies.read',
    summary: 'the tables of prices, limits and timings, and how many of their rows are in force today',
    options: {},
    run: async ({ operations }) =>
      (await operations.policies.tables()).map(({ table, rows, latest }) => ({ table, rows, latest })),
  },
  {
    name: 'policy show',
    permission: 'policies.read',
    summary: 'the rows of a table that are in force today; a file of policies/ changes them',
    argument: 'TABLE',
    options: {},
    run: ({ operations, argument }) => operations.policies.inForce(argument),
  },
  {
    name: 'beneficiary list',
    permission: 'users.read',
    summary: 'whom a user pays: kind, last four, bank, and where each is registered; the newest first',
    argument: 'USER',
    options: {},
    run: async ({ operations, argument }) =>
      (await operations.beneficiaries(readUser(argument), LISTED)).map((b) => ({
        kind: b.kind,
        account: b.hint,
        ifsc: b.ifsc,
        registered_at: b.registered,
        created_at: b.createdAt,
      })),
  },
];
