import { USER_ERRORS } from '../../domain/users/errors';
import type { UserImports } from '../../domain/users/imports';
import { userImport, userImportRows } from '../answers/users';
import { acceptedAs, found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf, reply, REPLAYED } from '../registry/replies';
import { key, raw, routesOf } from '../registry/route';
import { MOST_IMPORT_BYTES, readUserFile } from '../schemas/user-import';
import { importRowsQuery } from '../schemas/users';

const route = routesOf<{ userImports: UserImports }>();

const COMMON = { tag: 'Users' } as const;
const READ = {
  ...COMMON,
  method: 'GET',
  access: key('users:read'),
  idempotency: 'none',
  params: { id: idParameter('userImport', USER_ERRORS.IMPORT_NOT_FOUND) },
} as const;

export const userImportRoutes = [
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/user-imports',
    summary: 'Register many users from a CSV file',
    description: 'docs/users.md says which columns it has. Each line is accepted or refused on its own.',
    access: key('users:write'),
    limits: 'money',
    idempotency: 'key',
    body: raw(MOST_IMPORT_BYTES, 'text/csv', String.raw`\S\s*\n\s*\S`), // a header, and a line behind it
    answers: acceptedAs(userImport),
    problems: [USER_ERRORS.IMPORT_FILE_INVALID, USER_ERRORS.IMPORT_HEADER_INVALID, 'IDEMPOTENCY_KEY_REUSED'],
    handle: async ({ caller, key, body }, { userImports }) => {
      const file = await readUserFile(body);
      const { view, replayed } = await userImports.begin(caller.userId, key, file);
      return reply(202, view, {
        Location: `/v1/user-imports/${view.id}`,
        'Retry-After': '1',
        ...(replayed ? REPLAYED : {}),
      });
    },
  }),
  route({
    ...READ,
    path: '/v1/user-imports/{id}',
    summary: 'How far a file of new users is',
    limits: 'read',
    answers: found('It, as it stands', userImport),
    problems: [USER_ERRORS.IMPORT_NOT_FOUND],
    handle: async ({ caller, params }, { userImports }) =>
      ok(await userImports.get(caller.userId, params.id)),
  }),
  route({
    ...READ,
    path: '/v1/user-imports/{id}/rows',
    summary: 'What became of the lines of a file',
    limits: 'list',
    query: importRowsQuery,
    answers: page(userImportRows, 'One page, in the order of the file'),
    problems: [USER_ERRORS.IMPORT_NOT_FOUND, 'LIST_TOO_SLOW'],
    handle: async ({ caller, params, query: { state, ...pages }, request }, { userImports }) => {
      const filter = state === undefined ? {} : { state };
      return pageOf(request, await userImports.rows(caller.userId, params.id, filter, pages));
    },
  }),
];
