import type { Client } from 'pg';
import type { UserType } from '../../domain/users/types';

/** The levels of a network, and how many users stand below each one of the level above; the last takes the rest. */
export const LEVELS: readonly { type: UserType; each: number }[] = [
  { type: 'white_label', each: 1 },
  { type: 'master_distributor', each: 10 },
  { type: 'distributor', each: 10 },
  { type: 'field_staff', each: 10 },
  { type: 'retailer', each: 20 },
  { type: 'sub_merchant', each: 4 },
];

/** Of ten users one is still a lead, and of a hundred three have handed in their papers. */
const STAGE = "case when k.n % 10 = 0 then 'lead' else 'active' end";

/**
 * Makes `users` users, level by level and through the triggers, as the product does. Their ids are of the last year, in
 * no order of the tree: those below a user are strewn over all of it.
 */
export async function makeNetwork(db: Client, users: number, tell: (text: string) => void): Promise<void> {
  const began = performance.now();
  await db.query('set statement_timeout = 0');
  let made = 0;
  for (const [level, { type, each }] of LEVELS.entries()) {
    const isLast = level === LEVELS.length - 1;
    const above =
      level === 0
        ? '(values (null::uuid)) as a(id)'
        : `(select id from users where type = '${LEVELS[level - 1]!.type}') as a`;
    const { rowCount } = await db.query(
      `insert into users (id, kind, name, type, parent_id, stage)
       select ${ID}, 'app', initcap('${type}') || ' ' || k.n, '${type}', k.parent_id, ${level === 0 ? "'active'" : STAGE}
       from (select a.id as parent_id, row_number() over () as n, random() as luck
         from ${above}, generate_series(1, $1) limit $2) k`,
      [each, isLast ? Math.max(0, users - made) : users],
    );
    made += rowCount ?? 0;
    tell(`${made.toLocaleString('en-IN')} users after ${Math.round((performance.now() - began) / 1_000)} s`);
  }
  await db.query(
    "update users set stage = 'kyc_submitted' where stage = 'lead' and right(id::text, 1) in ('0', '4', '8', 'b')",
  );
  await db.query('vacuum analyze');
  await db.query('checkpoint');
}

/** A UUIDv7 of some instant of the last year. */
const ID = `(select (substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-'
    || substr(h, 7, 12))::uuid
  from (select lpad(to_hex(floor((extract(epoch from now()) - k.luck * 31536000) * 1000)::bigint), 12, '0') as ms,
    md5(k.luck::text || k.n::text) as h) t)`;
