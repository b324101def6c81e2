import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { rows } from '../../platform/database';
import type { KeyedDigest } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import { compareTexts } from '../../platform/order';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { AUTH_ERRORS } from '../auth/errors';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import { isInSubtree } from '../network/subtree';
import { mobileDigests } from './sealed';
import { STAGES, type Stage } from './stages';
import { USER_TYPES, type UserType } from './types';

/** A user as whoever is above sees it: no number and no address of it whole. */
export interface UserView {
  id: string;
  object: 'user';
  type: UserType;
  name: string;
  stage: Stage;
  /** Null for one who stands alone. */
  parent: string | null;
  mobile: string | null;
  email: string | null;
  language: 'en' | 'hi';
  address: AddressView | null;
  created_at: string;
}
export interface AddressView {
  city: string | null;
  state_code: string | null;
  pin_code: string | null;
}
export interface ServiceView {
  service: string;
  state: 'requested' | 'active' | 'dormant' | 'suspended';
  since: string;
}
export interface WholeUserView extends UserView {
  services: ServiceView[];
}

export interface UserFilter {
  type?: UserType;
  stage?: Stage;
  /** Those right below this user. */
  parent?: UserId;
}

/** Users as one of them sees those below: another is not there. */
export interface UserDirectory {
  /** Throws DomainError USER_NOT_FOUND, also for one elsewhere. */
  get(top: UserId, user: UserId): Promise<WholeUserView>;
  /** By the ten digits of a number. Throws DomainError USER_NOT_FOUND, also for one elsewhere. */
  lookUp(top: UserId, mobile: string): Promise<WholeUserView>;
  /** Those below, the newest first. Throws DomainError USER_NOT_FOUND (`parent`), LIST_TOO_SLOW. */
  list(top: UserId, filter: UserFilter, page: PageRequest): Promise<Page<UserView>>;
}

interface UserRow {
  id: UserId;
  type: UserType;
  name: string;
  stage: Stage;
  parentId: UserId | null;
  mobileHint: string | null;
  emailHint: string | null;
  language: 'en' | 'hi';
  city: string | null;
  stateCode: string | null;
  pinCode: string | null;
  createdAt: Date;
}

const SHOWN = `u.id, u.type, u.name, u.stage, u.parent_id as "parentId", u.mobile_hint as "mobileHint",
  u.email_hint as "emailHint", u.language, u.city, u.state_code as "stateCode", u.pin_code as "pinCode",
  u.created_at as "createdAt"`;

export function createUserDirectory(deps: {
  knex: Knex;
  /** Connections of their own, with a short time for each statement of SQL. */
  lists: Knex;
  cursors: Cursors;
  digest: KeyedDigest;
}): UserDirectory {
  const { knex, lists, cursors, digest } = deps;
  return {
    get: (top, user) => readUser(knex, top, user),
    async lookUp(top, mobile) {
      const user = await findByMobile(knex, digest, top, mobile);
      if (user === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
      return readUser(knex, top, user);
    },
    async list(top, filter, { limit, cursor }) {
      if (filter.parent !== undefined) await requireBelow(knex, top, filter.parent);
      const { decode, encode } = cursors.of(JSON.stringify(['users', top, filter]));
      const found = await inListTime(listBelow(lists, { top, filter, limit, after: decode(cursor) }));
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        userView,
      );
    },
  };
}

/** Throws DomainError USER_NOT_FOUND for whoever is not `top` and not below. */
export async function requireBelow(db: Knex | Knex.Transaction, top: UserId, user: UserId): Promise<void> {
  if (!(await isInSubtree(db, { top, user }))) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
}

/** The user below, or `top` itself, that has the number now. */
export async function findByMobile(
  db: Knex | Knex.Transaction,
  digest: KeyedDigest,
  top: UserId,
  mobile: string,
): Promise<UserId | undefined> {
  const [found] = await rows<{ id: UserId }>(
    db,
    `select u.id from users u join user_ancestors a on a.user_id = u.id and a.ancestor_id = :top
     where u.mobile_fingerprint = any(:mobiles::bytea[]) and u.stage <> 'closed'`,
    { top, mobiles: [...mobileDigests(digest, mobile)] },
  );
  return found?.id;
}

export async function readUser(
  db: Knex | Knex.Transaction,
  top: UserId,
  user: UserId,
): Promise<WholeUserView> {
  const [found] = await rows<UserRow>(
    db,
    `select ${SHOWN} from user_ancestors a join users u on u.id = a.user_id
     where a.ancestor_id = :top and a.user_id = :user`,
    { top, user },
  );
  if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
  const services = await rows<{ service: string; state: ServiceView['state']; since: Date }>(
    db,
    'select service, state, state_at as since from user_services where user_id = ? order by service',
    [user],
  );
  return {
    ...userView(found),
    services: services.map(({ since, ...one }) => ({ ...one, since: since.toISOString() })),
  };
}

interface Question {
  top: UserId;
  filter: UserFilter;
  limit: number;
  /** The id of the last user of the page before. */
  after: string | undefined;
}

/** Greater than every id. */
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Up to `limit + 1`, the newest first. Whatever the filter, an index has the users in this order: those below by
 * their age, those of a type and stage below by their age, or those right below a user.
 */
async function listBelow(knex: Knex, { top, filter, limit, after }: Question): Promise<UserRow[]> {
  const { type, stage, parent } = filter;
  const given = {
    top,
    types: type === undefined ? [...USER_TYPES] : [type],
    stages: stage === undefined ? [...STAGES] : [stage],
    after: after ?? LAST_UUID,
    most: limit + 1,
  };
  const found = await rowsBelow();
  // sorted here: asked for the order, the planner reads all users in that order, looking for these
  return found.toSorted((a, b) => compareTexts(b.id, a.id)).slice(0, limit + 1);

  function rowsBelow(): Promise<UserRow[]> {
    if (parent !== undefined) return rows<UserRow>(knex, BY_PARENT, { ...given, parent });
    const { types: _types, stages: _stages, ...page } = given;
    return type === undefined && stage === undefined
      ? rows<UserRow>(knex, ALL, page)
      : rows<UserRow>(knex, BY_TYPE_AND_STAGE, given);
  }
}

/** The ids are picked first, so that only the rows of the page are read. */
const ALL = `
  select ${SHOWN}
  from (
    select user_id from user_ancestors
    where ancestor_id = :top and user_id < :after and user_id <> :top order by user_id desc limit :most
  ) picked join users u on u.id = picked.user_id`;

/** The newest of each type and stage, of which the caller takes the newest. */
const BY_TYPE_AND_STAGE = `
  select ${SHOWN}
  from unnest(:types::text[]) as t(type) cross join unnest(:stages::text[]) as s(stage)
    cross join lateral (
      select a.user_id from user_ancestors a
      where a.ancestor_id = :top and a.type = t.type and a.stage = s.stage and a.user_id < :after and a.user_id <> :top
      order by a.user_id desc limit :most
    ) picked join users u on u.id = picked.user_id`;

/** Whoever is right below a user of one's own is one's own. */
const BY_PARENT = `
  select ${SHOWN} from users u
  where u.parent_id = :parent and u.id < :after and u.type = any(:types::text[]) and u.stage = any(:stages::text[])
    and u.id <> :top
  order by u.id desc limit :most`;

function userView(row: UserRow): UserView {
  const { city, stateCode, pinCode } = row;
  const hasAddress = city !== null || stateCode !== null || pinCode !== null;
  return {
    id: publicId('user', row.id),
    object: 'user',
    type: row.type,
    name: row.name,
    stage: row.stage,
    parent: row.parentId === null ? null : publicId('user', row.parentId),
    mobile: row.mobileHint,
    email: row.emailHint,
    language: row.language,
    address: hasAddress ? { city, state_code: stateCode, pin_code: pinCode } : null,
    created_at: row.createdAt.toISOString(),
  };
}
