import type { Knex } from 'knex';
import { createOperations, type Operations } from '../../composition/operations';
import type { Person } from '../../domain/approvals/approvals';
import { verifyTables } from '../../domain/verification/verify';
import { rows } from '../../platform/database';
import { makeStaff, type StaffRole } from './access';
import type { Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { systemIds } from '../../platform/ids';

/** Ops staff on a database: two who propose and approve, one who looks, and a founder. */
export interface Staff {
  operations: Operations;
  asha: Person;
  ravi: Person;
  viewer: Person;
  admin: Person;
  close(): void;
}

export async function createStaff(world: { knex: Knex; clock: Clock; cipher?: FieldCipher }): Promise<Staff> {
  const operations = await createOperations({
    ...world,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
  });
  const person = async (name: string, role: StaffRole): Promise<Person> => {
    const { id } = await makeStaff(world.knex, { role, email: `${name}@munim.example` });
    return { userId: id, role };
  };
  return {
    operations,
    asha: await person('asha', 'operator'),
    ravi: await person('ravi', 'operator'),
    viewer: await person('vikram', 'viewer'),
    admin: await person('admin', 'founder'),
    close: () => {
      operations.close();
    },
  };
}

/** The open case of a kind about a transaction. */
export async function caseIdOf(knex: Knex, transaction: string, kind: string): Promise<string> {
  const [found] = await rows<{ id: string }>(
    knex,
    'select id from ops_cases where transaction_id = ? and kind = ? and closed_at is null',
    [transaction, kind],
  );
  if (found === undefined) throw new Error(`no open case ${kind}`);
  return found.id;
}

/** What `npm run verify` would find, each as a sentence. */
export async function violationsIn(knex: Knex): Promise<string[]> {
  const findings = await knex.transaction((trx) => verifyTables(trx, {}));
  // Whether an inquiry is late is judged by the clock of the database, which no test moves.
  return findings.flatMap(({ name, result }) =>
    name !== 'overdue-inquiries' && result !== undefined && result.violations > 0
      ? [`${name}: ${JSON.stringify(result.offenders)}`]
      : [],
  );
}
