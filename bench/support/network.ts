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

/** Of ten users one is still a lead, and some leads have handed in their papers. */
const STAGE = `case when not is_lead then 'active' when right(id::text, 1) in ('0', '4', '8', 'b') then 'kyc_submitted'
  else 'lead' end`;

/** A UUIDv7 of some instant of the last year. */
const ID = `(select (substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-'
    || substr(h, 7, 12))::uuid
  from (select lpad(to_hex(floor((extract(epoch from now()) - k.luck * 31536000) * 1000)::bigint), 12, '0') as ms,
    md5(k.luck::text || k.n::text) as h) t)`;

/**
 * Makes `users` users by SQL, with all that the triggers of an insert leave behind: pairs with those above, chains,
 * places, services. The triggers themselves are bypassed, since they take a millisecond for each user; what they would
 * have made is compared at the end. Ids are of the last year, in no order of the tree: those below a user are strewn over
 * all of it.
 */
export async function makeNetwork(db: Client, users: number, tell: (text: string) => void): Promise<void> {
  const began = performance.now();
  const told = (text: string): void => {
    tell(`${text} after ${Math.round((performance.now() - began) / 1_000)} s`);
  };
  await db.query("set statement_timeout = 0; set work_mem = '256MB'; set session_replication_role = replica");
  told(`${(await makePlaces(db, users)).toLocaleString('en-IN')} places`);
  for (const sql of WRITTEN) await db.query(sql);
  await db.query('set session_replication_role = origin');
  told('written');
  await db.query('vacuum analyze');
  await db.query('checkpoint');
  await checkPairs(db);
  told('compared');
}

/** `made`: who stands where, level by level. `pairs`: each with all above, and with itself. Returns how many users. */
async function makePlaces(db: Client, users: number): Promise<number> {
  await db.query(
    `create temp table made (level int, id uuid, parent_id uuid, type text, n bigint, is_lead bool)`,
  );
  let count = 0;
  for (const [level, { type, each }] of LEVELS.entries()) {
    const isLast = level === LEVELS.length - 1;
    const above =
      level === 0
        ? '(values (null::uuid)) as a(id)'
        : `(select id from made where level = ${level - 1}) as a`;
    const { rowCount } = await db.query(
      `insert into made (level, id, parent_id, type, n, is_lead)
       select ${level}, ${ID}, k.parent_id, '${type}', k.n, ${level > 0} and k.n % 10 = 0
       from (select a.id as parent_id, row_number() over () as n, random() as luck
         from ${above}, generate_series(1, $1) limit $2) k`,
      [each, isLast ? Math.max(0, users - count) : users],
    );
    count += rowCount ?? 0;
  }
  await db.query(`
    create temp table pairs as
      with recursive up (user_id, ancestor_id, depth) as (
        select id, id, 0 from made
        union all
        select up.user_id, above.parent_id, up.depth + 1 from up join made above on above.id = up.ancestor_id
        where above.parent_id is not null)
      select * from up;
    analyze made; analyze pairs`);
  return count;
}

/** In the order in which one needs the other. */
const WRITTEN = [
  `insert into uplines (user_ids, types)
   select array_agg(p.ancestor_id order by p.depth), array_agg(a.type order by p.depth)
   from pairs p join made a on a.id = p.ancestor_id
   where p.user_id in (select parent_id from made) group by p.user_id`,
  `insert into users (id, kind, name, type, parent_id, upline_id, stage)
   select m.id, 'app', initcap(m.type) || ' ' || m.n, m.type, m.parent_id, l.id, ${STAGE.replaceAll(/\bid\b/g, 'm.id')}
   from made m left join uplines l on l.user_ids[1] = m.parent_id`,
  `insert into user_ancestors (ancestor_id, user_id, depth, type, stage)
   select p.ancestor_id, p.user_id, p.depth, u.type, u.stage from pairs p join users u on u.id = p.user_id
   order by p.user_id`,
  `insert into user_placements (user_id, no, parent_id, upline_id, from_at)
   select id, 1, parent_id, upline_id, now() from users`,
  `insert into user_services (user_id, service, state, state_at, used_on)
   select u.id, s.name, 'active', now(), current_date from users u cross join services s where u.stage = 'active'`,
];

/** A user of each level goes away and back, through the triggers: what they leave must be what was there. */
async function checkPairs(db: Client): Promise<void> {
  const PLACE = `select (select array_agg((ancestor_id, depth, type, stage)::text order by depth)
      from user_ancestors where user_id = u.id) as above,
    (select (user_ids, types)::text from uplines where id = u.upline_id) as upline
    from users u where u.id = $1`;
  for (const { type } of LEVELS.slice(1)) {
    const sql = 'select id, parent_id, stage from users where type = $1 order by id limit 1';
    const user = (await db.query<{ id: string; parent_id: string; stage: string }>(sql, [type])).rows[0];
    if (user === undefined) continue;
    const before = (await db.query(PLACE, [user.id])).rows[0] as unknown;
    await db.query('begin');
    const copy = (
      await db.query<{ id: string }>(
        `insert into users (id, kind, name, type, parent_id)
         values (gen_random_uuid(), 'app', 'Twin', $1, $2) returning id`,
        [type, user.parent_id],
      )
    ).rows[0]!.id;
    const twin = (await db.query(PLACE, [copy])).rows[0] as unknown;
    await db.query('rollback');
    const text = (place: unknown, id: string, stage: string): string =>
      JSON.stringify(place).replaceAll(id, 'self').replaceAll(`${stage})`, ')');
    if (text(before, user.id, user.stage) !== text(twin, copy, 'active'))
      throw new Error(`a ${type} does not stand where the triggers would have put it`);
  }
}
