import path from 'node:path';
import type { Knex } from 'knex';
import type { Passwords } from '../../domain/auth/passwords';
import { upsertOpsUser } from '../../domain/users/users';
import { systemIds } from '../../platform/ids';
import { keptSecret } from './kept-secrets';

/** An account of the staff of development. */
export interface SeededStaff {
  /** What it is called before the @. */
  account: string;
  role: string;
  email: string;
  password: string;
}

/** The first may do everything; the others are the persons that a proposal needs: who makes it, and who decides. */
const ACCOUNTS = [
  { account: 'ops', role: 'admin' },
  { account: 'support', role: 'support' },
  { account: 'desk', role: 'ops' },
  { account: 'finance', role: 'finance' },
] as const;

/** Each password is in a file of its own, which `munim … --password-file` reads. */
export function staffPasswordFile(dir: string, account: string): string {
  return path.join(dir, 'staff', account);
}

export async function seedStaff(
  knex: Knex,
  { passwords, dir }: { passwords: Passwords; dir: string },
): Promise<SeededStaff[]> {
  const seeded: SeededStaff[] = [];
  for (const { account, role } of ACCOUNTS) {
    const password = keptSecret(staffPasswordFile(dir, account));
    const email = `${account}@munim.example`;
    const passwordHash = await passwords.hash(password);
    await upsertOpsUser(knex, systemIds, { name: `Test ${account}`, email, passwordHash, role });
    seeded.push({ account, role, email, password });
  }
  return seeded;
}
