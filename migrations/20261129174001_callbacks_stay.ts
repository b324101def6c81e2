import type { Knex } from 'knex';

// What a provider sent is kept as it came: a callback is neither deleted nor changed, and processed once. Its body
// may be sealed anew, under another key.
const FACTS = ['id', 'provider', 'event_key', 'verdict', 'headers', 'received_at'];

export async function up(knex: Knex): Promise<void> {
  const changed = FACTS.map((column) => `new.${column} is distinct from old.${column}`).join(' or ');
  await knex.raw(`
    create trigger callbacks_stay before delete or truncate on callbacks for each statement
      execute function refuse_change();
    create trigger callbacks_facts_stay before update of ${FACTS.join(', ')} on callbacks for each row
      when (${changed}) execute function refuse_change();
    create trigger callbacks_processed_once before update of state, event, transaction_id, result, processed_at
      on callbacks for each row when (old.state <> 'received') execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger callbacks_processed_once on callbacks;
    drop trigger callbacks_facts_stay on callbacks;
    drop trigger callbacks_stay on callbacks;
  `);
}
