import type { Flow } from '../../domain/service-definition/definition';
import type { ServiceNames } from './names';

/**
 * The service's row and its table of details. The way back also forgets its policies, whose file is applied
 * again on the way up.
 */
export function migrationOf({ name, pascal }: ServiceNames, flow: Flow, policyFile: string): string {
  return `import type { Knex } from 'knex';

// ${pascal}: that it exists and which way its money goes is a row; no list in a CHECK has to be extended for it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(\`
    insert into services values ('${name}', '${flow}');

    create table ${name}_orders (
      transaction_id uuid primary key references transactions (id),
      party_sealed text not null, -- whom it is about
      created_at timestamptz not null,
      constraint ${name}_orders_sealed check (party_sealed like 'v1.%')
    );
    create trigger ${name}_orders_stay before update or delete
      or truncate on ${name}_orders for each statement execute function refuse_change();
  \`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(\`
    delete from user_services where service = '${name}';
    delete from role_permissions where permission = '${name}.write';
    delete from permissions where name = '${name}.write';
    delete from service_policies where service = '${name}';
    delete from policy_files where name = '${policyFile}';
    drop table ${name}_orders;
    delete from services where name = '${name}';
  \`);
}
`;
}

/** How long it may wait, and whose role allows it. Prices and limits follow when they are known. */
export function policiesOf({ name, pascal }: ServiceNames): string {
  return `// ${pascal}: how long it may wait to be sent, and the days until a customer may expect the end. Each role of the
// network may ask for it; which of their users do is switched on for each. Prices and limits belong here too.
export const sql = \`
  insert into service_policies (service, profile, expire_after_ms, turnaround_days)
    values ('${name}', 'production', 600000, 1), ('${name}', 'development', 120000, 1);

  insert into permissions (name, does) values ('${name}.write', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does,
      case r.kind when 'app' then 'own' else 'all' end
    from roles r cross join permissions p where p.name = '${name}.write' and (r.kind = 'app' or r.name = 'founder');
\`;
`;
}

/** The questions that the page of a service has to answer before the code does. */
export function pageOf({ name, pascal }: ServiceNames, flow: Flow): string {
  const money =
    flow === 'debit'
      ? 'A wallet pays: amount, fee and tax are held, and go to the provider or come back.'
      : 'A wallet is paid: nothing is held, and the provider owes us the amount from its success on.';
  return `# ${pascal}

${money} Scope \`${name}:write\`.

## Questions

| question                                                                             | answer              |
| ------------------------------------------------------------------------------------ | ------------------- |
| Who asks for it, with which fields, and what may they be?                            | not decided here yet |
| What does it cost, what are its limits, and whose rule is each?                      | not decided here yet |
| Which provider does it, and what does that provider need to know?                    | not decided here yet |
| Which fields are personal? Each is sealed and declared in \`domain/${name}/sealed.ts\` | whom it is about    |
| May the money come back later, and how does a customer hear of it?                   | not decided here yet |
| What must verification check beside the shared rules?                                | nothing yet         |
`;
}
