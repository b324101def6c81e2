import type { Command } from './command';

/** What is in force: to look at, nothing here changes anything. */

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
];
