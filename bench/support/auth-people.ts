import type { Composition } from '../../composition/compose';
import { createPasswords } from '../../domain/auth/passwords';
import { mobileDigests, mobileHint, USER_MOBILE } from '../../domain/users/sealed';
import { createAppUser } from '../../domain/users/users';
import { execute } from '../../platform/database';
import { insertOne } from '../../platform/sql';

/** Somebody with a password, on a device that is known: for them a sign-in is one request. */
export interface BenchPerson {
  login: string;
  password: string;
  device: { name: string; token: string };
}

const PASSWORD = 'a door in the rain';
const DEVICE = 'Bench';

export async function makePeople(c: Composition, count: number): Promise<BenchPerson[]> {
  const password_hash = await createPasswords().hash(PASSWORD);
  const people: BenchPerson[] = [];
  for (let n = 0; n < count; n++) {
    const login = `97${String(process.pid % 100_000).padStart(5, '0')}${String(n).padStart(3, '0')}`;
    const started = await c.knex.transaction(async (trx) => {
      const { userId } = await createAppUser(trx, c.ids, { name: 'Bench Trader' });
      await execute(
        trx,
        `update users set mobile_sealed = :sealed, mobile_fingerprint = :print, mobile_hint = :hint
         where id = :userId`,
        {
          userId,
          sealed: c.cipher.seal(login, USER_MOBILE.place(userId)),
          print: mobileDigests(c.digest, login)[0],
          hint: mobileHint(login),
        },
      );
      await insertOne(trx, 'user_passwords', { user_id: userId, password_hash, set_at: c.clock.now() });
      const device = { name: DEVICE, ip: '127.0.0.1' };
      return c.userSessions.start(trx, { userId, device, methods: ['pwd'] });
    });
    people.push({ login, password: PASSWORD, device: { name: DEVICE, token: started.device.token! } });
  }
  return people;
}
