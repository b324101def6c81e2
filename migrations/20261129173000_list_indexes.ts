import type { Knex } from 'knex';

// Lists by state and service, and searches, in the order in which they are shown: a page costs the same
// however long the history is. Made beside the work of others (concurrently), so that nobody waits.
export const config = { transaction: false };

const OPEN = "'accepted', 'held', 'dispatched', 'refund_pending', 'in_review'";
const ENDED = "'succeeded', 'failed', 'reversed', 'refunded'";

const INDEXES: Readonly<Record<string, string>> = {
  // lists of what is under way; held and available of a wallet
  transactions_open: `transactions (wallet_id, service, state, id) where state in (${OPEN})`,
  // lists of what has ended: written once in the life of a transaction, when it ends
  transactions_ended: `transactions (user_id, service, state, id) where state in (${ENDED})`,
  // the search by the provider's id; an answer's own is on the attempt
  transaction_outcomes_provider_reference: `transaction_outcomes (provider_reference)
    where provider_reference is not null and source <> 'dispatch'`,
  // the list of cash that nobody has acknowledged
  aeps_withdrawals_to_acknowledge: `aeps_withdrawals (user_id, transaction_id)
    where kind = 'withdrawal' and cash_handed_out is null`,
  // the page /ops/find, by the number of a customer
  aeps_withdrawals_of_mobile: 'aeps_withdrawals (customer, transaction_id)',
};

export async function up(knex: Knex): Promise<void> {
  await onOneConnection(knex, async (run, limit) => {
    for (const [name, of] of Object.entries(INDEXES)) {
      await run(`drop index concurrently if exists ${name}`); // one that broke off is left behind, and not valid
      await run(`create index concurrently ${name} on ${of}`);
    }
    // the same rule, in the order in which staff look for a reference of whichever user
    await run('drop index concurrently if exists requests_reference_of_user');
    await run('create unique index concurrently requests_reference_of_user on requests (reference, user_id)');
    await run(`set lock_timeout = '${limit}'`);
    await run(`alter table requests drop constraint requests_reference_unique,
      add constraint requests_reference_unique unique using index requests_reference_of_user`);
    await run('set lock_timeout = 0');
    // transactions_open begins with the wallet, too: programs of before find the same rows by it
    await run('drop index concurrently if exists transactions_open_of_wallet');
  });
}

export async function down(knex: Knex): Promise<void> {
  await onOneConnection(knex, async (run) => {
    await run('drop index concurrently if exists transactions_open_of_wallet');
    await run(`create index concurrently transactions_open_of_wallet on transactions (wallet_id)
      include (state, total_paise) where state in (${OPEN})`);
    for (const name of Object.keys(INDEXES)) await run(`drop index concurrently if exists ${name}`);
    await run(`alter table requests drop constraint requests_reference_unique,
      add constraint requests_reference_unique unique (user_id, reference)`);
  });
}

/** Making an index waits for whoever reads the table meanwhile, a backup for example: for as long as it takes. */
async function onOneConnection(
  knex: Knex,
  work: (run: (sql: string) => Promise<void>, limit: string) => Promise<void>,
): Promise<void> {
  const client = knex.client as {
    acquireConnection(): Promise<object>;
    releaseConnection(connection: object): Promise<void>;
  };
  const connection = await client.acquireConnection();
  const ask = (sql: string): Promise<{ rows: Record<string, string>[] }> =>
    knex.raw(sql).connection(connection);
  const run = async (sql: string): Promise<void> => {
    await ask(sql);
  };
  const limit = Object.values((await ask('show lock_timeout')).rows[0]!)[0]!;
  try {
    await run('set lock_timeout = 0');
    await work(run, limit);
  } finally {
    await run(`set lock_timeout = '${limit}'`);
    await client.releaseConnection(connection);
  }
}
