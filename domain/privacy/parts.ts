/**
 * What is kept of people, in parts: which rows are over, how they are erased, and what of one person they hold. Rows of
 * `retention_rules` say for each part how long, and by whose rule. A part without `erase` is on hold, or has a loop of
 * its own; then it is listed and not touched here.
 */
export interface Part {
  what: string;
  /** In words, for people. */
  means: string;
  /** Rows of it that a person has; `:user`. */
  ofPerson: string;
  /** Rows whose time is over, by `:before`; at most `:limit`. Selects `id`. */
  over?: string;
  /** Erases those whose ids are in `due`. */
  erase?: string;
  /** Erases what a person has, at their request; `:user` and `:now`. */
  eraseOfPerson?: readonly string[];
}

const CLOSED = `u.kind = 'app' and u.stage = 'closed' and (select max(s.at) from user_stages s
  where s.user_id = u.id and s.to_stage = 'closed') < :before`;
/** A document that is there, of a record of a user. */
const DOCUMENT = `select d.id from kyc_documents d join kyc_records r on r.id = d.record_id
  join users u on u.id = r.user_id
  where d.state in ('storing', 'stored') and not user_is_under_inquiry(u.id)`;
/** The key is destroyed at once; the storage is emptied after it (`kyc/erasure.ts`). */
const WITHOUT_KEY = `update kyc_documents set state = 'erasing', key_sealed = null
  where id in (select id from due)`;
/** Nobody waits for the rows of another process. */
const LOCKED = 'limit :limit for update skip locked';

export const PARTS: readonly Part[] = [
  {
    what: 'sessions',
    means: 'where and when they were signed in',
    ofPerson: 'select count(*)::int4 as n from user_sessions where user_id = :user',
    over: `select id from user_sessions where ends_at < :before order by ends_at ${LOCKED}`,
    erase: 'delete from user_sessions where id in (select id from due)',
  },
  {
    what: 'devices',
    means: 'devices that are not used any more',
    ofPerson: 'select count(*)::int4 as n from user_devices where user_id = :user',
    over: `select id from user_devices d where last_seen_at < :before
      and not exists (select from user_sessions s where s.device_id = d.id) order by last_seen_at ${LOCKED}`,
    erase: 'delete from user_devices where id in (select id from due)',
  },
  {
    what: 'reports',
    means: 'what reports they had made; the files go long before',
    ofPerson: 'select count(*)::int4 as n from reports where asked_by = :user',
    over: `select id from reports where state in ('over', 'failed') and pieces = 0 and done_at < :before
      order by done_at ${LOCKED}`,
    erase: 'delete from reports where id in (select id from due)',
  },
  {
    what: 'notifications',
    means: 'messages that were sent to them',
    ofPerson: 'select count(*)::int4 as n from notifications where user_id = :user',
  },
  {
    what: 'credentials',
    means: 'password and PIN of an account that is closed',
    ofPerson: `select ((select count(*) from user_passwords where user_id = :user)
      + (select count(*) from transaction_pins where user_id = :user))::int4 as n`,
    over: `select u.id from users u where ${CLOSED}
      and (exists (select from user_passwords p where p.user_id = u.id)
        or exists (select from transaction_pins p where p.user_id = u.id)) ${LOCKED}`,
    erase: `, pins as (delete from transaction_pins where user_id in (select id from due))
      delete from user_passwords where user_id in (select id from due)`,
    eraseOfPerson: [
      'delete from user_passwords where user_id = :user',
      'delete from transaction_pins where user_id = :user',
      "update user_devices set name = 'erased', forgotten_at = coalesce(forgotten_at, :now) where user_id = :user",
    ],
  },
  {
    what: 'email',
    means: 'the e-mail address of an account that is closed',
    ofPerson: 'select count(email_sealed)::int4 as n from users where id = :user',
    over: `select u.id from users u where ${CLOSED} and u.email_sealed is not null ${LOCKED}`,
    erase: `update users set email_sealed = null, email_fingerprint = null, email_hint = null, email_verified_at = null
      where id in (select id from due)`,
    eraseOfPerson: [
      `update users set email_sealed = null, email_fingerprint = null, email_hint = null, email_verified_at = null
       where id = :user`,
    ],
  },
  {
    what: 'contacts',
    means: 'name, number and address of an account that is closed',
    ofPerson: 'select count(mobile_sealed)::int4 as n from users where id = :user',
    over: `select u.id from users u where ${CLOSED} and u.mobile_sealed is not null ${LOCKED}`,
    erase: `update users set name = 'Erased', mobile_sealed = null, mobile_fingerprint = null, mobile_hint = null,
        mobile_verified_at = null, address_sealed = null
      where id in (select id from due)`,
  },
  {
    what: 'kyc_documents',
    means: 'documents of an account that is closed',
    ofPerson: `select count(*)::int4 as n from kyc_documents d join kyc_records r on r.id = d.record_id
      where r.user_id = :user and d.state in ('storing', 'stored')`,
    over: `${DOCUMENT} and ${CLOSED} limit :limit for update of d skip locked`,
    erase: WITHOUT_KEY,
  },
  {
    what: 'kyc_replaced',
    means: 'documents of a KYC record that was returned and replaced',
    ofPerson: `select count(*)::int4 as n from kyc_documents d join kyc_records r on r.id = d.record_id
      where r.user_id = :user and r.state = 'returned' and d.state in ('storing', 'stored')`,
    over: `${DOCUMENT} and r.state = 'returned' and (select min(l.decided_at) from kyc_records l
      where l.user_id = r.user_id and l.state = 'approved' and l.made_at > r.made_at) < :before
      limit :limit for update of d skip locked`,
    erase: WITHOUT_KEY,
  },
  {
    what: 'kyc',
    means: 'KYC records',
    ofPerson: 'select count(*)::int4 as n from kyc_records where user_id = :user',
  },
  {
    what: 'consents',
    means: 'what they agreed to',
    ofPerson: 'select count(*)::int4 as n from consents where user_id = :user',
  },
  {
    what: 'books',
    means: 'transactions and what moved their wallets',
    ofPerson: `select (count(*))::int4 as n from (select from transactions where user_id = :user limit 100000) t`,
  },
  {
    what: 'audit',
    means: 'the record of what they did and what was done to them',
    ofPerson: `select count(*)::int4 as n from (select from audit_log where subject = 'user:' || :user limit 100000) a`,
  },
];

export const PART_NAMES: readonly string[] = PARTS.map(({ what }) => what);
