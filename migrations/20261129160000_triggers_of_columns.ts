import type { Knex } from 'knex';

// A condition of a trigger costs each statement some 30 µs before the first row. Those about columns that a
// statement does not set are left alone by it: such columns cannot change. The counts of a transaction, which its
// moves set, have a trigger of their own.
const FACTS = [
  'id',
  'request_id',
  'user_id',
  'wallet_id',
  'account_id',
  'service',
  'amount_paise',
  'fee_paise',
  'tax_paise',
  'charge_paise',
  'currency',
  'reference',
  'created_at',
  'limit_key',
  'limit_cap_paise',
  'answer_before',
];
const COUNTS = ['drive_no', 'attempt_no', 'outcome_count', 'effect_count', 'posted_count'];
const NAMES_OF_ATTEMPT = [
  'transaction_id',
  'attempt_no',
  'provider',
  'our_reference',
  'idempotency_key',
  'refs',
  'body_hash',
  'created_at',
];

const changed = (columns: readonly string[]): string =>
  columns.map((c) => `new.${c} is distinct from old.${c}`).join(' or ');
const shrunk = (columns: readonly string[]): string => columns.map((c) => `new.${c} < old.${c}`).join(' or ');

const MOVE_COUNTED =
  'new.move_count <> old.move_count + (case when new.state <> old.state then 1 else 0 end)';

/** Triggers whose definitions are kept but for the columns that they are of. */
const OF_COLUMNS: readonly (readonly [table: string, name: string, columns: string])[] = [
  ['transactions', 'transactions_moves', 'state'],
  ['transactions', 'transactions_asked_after_restore', 'state'],
  ['transactions', 'transactions_review_keeps_finished', 'state, finished_at'],
  ['transactions', 'transactions_erase_otp', 'state'],
  ['transactions', 'transactions_give_back_try', 'state'],
  ['transactions', 'transactions_overdue_once', 'overdue_at'],
  ['transactions', 'transactions_agreed_commission_stays', 'agreed_commission_paise, agreed_tds_paise'],
  ['dispatch_attempts', 'dispatch_attempts_seen_is_not_repeated', 'send_count'],
];

export async function up(knex: Knex): Promise<void> {
  for (const [table, name, columns] of OF_COLUMNS)
    await rewrite(knex, table, name, (definition) =>
      definition.replace(' UPDATE ON ', ` UPDATE OF ${columns} ON `),
    );
  await knex.raw(`
    drop trigger transactions_facts_stay on transactions;
    create trigger transactions_facts_stay before update of ${FACTS.join(', ')} on transactions for each row
      when (${changed(FACTS)}) execute function refuse_change();
    create trigger transactions_counts_grow before update of ${COUNTS.join(', ')}, move_count, state on transactions
      for each row when (${shrunk(COUNTS)} or ${MOVE_COUNTED}) execute function refuse_change();
    drop trigger dispatch_attempts_facts_stay on dispatch_attempts;
    create trigger dispatch_attempts_facts_stay before update of ${NAMES_OF_ATTEMPT.join(', ')}, send_count
      on dispatch_attempts for each row
      when (${changed(NAMES_OF_ATTEMPT)} or ${shrunk(['send_count'])}) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  for (const [table, name] of OF_COLUMNS)
    await rewrite(knex, table, name, (definition) => definition.replace(/ UPDATE OF .*? ON /, ' UPDATE ON '));
  await knex.raw(`
    drop trigger transactions_facts_stay on transactions;
    drop trigger transactions_counts_grow on transactions;
    create trigger transactions_facts_stay before update on transactions for each row
      when (${changed(FACTS)} or ${shrunk(COUNTS)} or ${MOVE_COUNTED}) execute function refuse_change();
    drop trigger dispatch_attempts_facts_stay on dispatch_attempts;
    create trigger dispatch_attempts_facts_stay before update on dispatch_attempts for each row
      when (${changed(NAMES_OF_ATTEMPT)} or ${shrunk(['send_count'])}) execute function refuse_change();
  `);
}

/** Makes a trigger anew from its own definition, so that its condition is the one that is in force. */
async function rewrite(
  knex: Knex,
  table: string,
  name: string,
  change: (definition: string) => string,
): Promise<void> {
  const found = await knex.raw<{ rows: { definition: string }[] }>(
    'select pg_get_triggerdef(oid) as definition from pg_trigger where tgname = ? and tgrelid = ?::regclass',
    [name, table],
  );
  const definition = found.rows[0]!.definition;
  const changedTo = change(definition);
  if (changedTo === definition) throw new Error(`the trigger ${name} has another form`);
  await knex.raw(`drop trigger ${name} on ${table}`);
  await knex.raw(changedTo);
}
