import { isConfirmed, type UserModel } from '../../domain/auth/user.model';
import { SCOPES } from '../../domain/services/services';
import { USER_TYPES, type UserType } from '../../domain/users/types';
import { addMs, type Clock } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import { networksIn } from '../../platform/settings';
import { optionalText, REASON, textOption, UsageError, type Command, type CommandContext } from './command';
import { readId, readUser } from './read-ids';
import { COMMAND_LINE, SIGN_IN_MS } from './run';
import { readPassword, requireNoFile, writeSecret, writeSignIn } from './secrets';

/** Ops accounts, users of apps and their keys. */

export const SECRET_FILE = { what: 'write the secret there, for you alone, instead of showing it' } as const;
const ROLES: readonly string[] = ['viewer', 'support', 'auditor', 'ops', 'finance', 'operator', 'admin'];
const NEW_OPS = {
  email: { what: 'e-mail address, with which the person signs in', isRequired: true },
  name: { what: 'name of the person', isRequired: true },
  'secret-file': SECRET_FILE,
  reason: REASON,
} as const;
const LISTED = 500;
const MOST_NETWORKS = 50;

const signIn: Command = {
  name: 'sign-in',
  summary: 'asks for a password and keeps a sign-in of 15 minutes in a file for the next commands',
  isOpen: true,
  options: {
    as: { what: 'e-mail address of your ops account', isRequired: true },
    'password-file': { what: 'a file that holds the password, readable by you alone' },
    code: { what: 'code of your authenticator, or a recovery code, where you have set one up' },
    file: { what: 'where the sign-in is kept', isRequired: true },
  },
  async run({ operations, clock, ...context }) {
    const email = textOption(context, 'as');
    const file = textOption(context, 'file');
    const password = await readPassword(email, optionalText(context, 'password-file'));
    const token = await operations.login.in({
      email,
      password,
      code: optionalText(context, 'code'),
      ip: COMMAND_LINE,
    });
    const expiresAt = addMs(clock.now(), SIGN_IN_MS).toISOString();
    writeSignIn(file, { token, expires_at: expiresAt });
    return { signed_in: email, file, until: expiresAt };
  },
};

const signOut: Command = {
  name: 'sign-out',
  permission: 'anyone',
  summary: 'ends every sign-in of the account',
  options: {},
  async run({ operations, by }) {
    await operations.sessions.endAll(by.userId);
    return { signed_out: publicId('user', by.userId) };
  },
};

const opsFirst: Command = {
  name: 'ops first',
  summary: 'makes one of the first two ops accounts, both admins; refused when there are two',
  isOpen: true,
  options: NEW_OPS,
  async run({ operations, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const given = { ...readNewOps(context), reason: textOption(context, 'reason') };
    const { id, password } = await operations.accounts.createFirstOps(given);
    return { user: publicId('user', id), role: 'admin', ...secretOf(context, 'password', password) };
  },
};

const opsCreate: Command = {
  name: 'ops create',
  permission: 'staff.write',
  summary:
    'makes an ops account; its password is shown once, and it only looks until another admin confirms it',
  options: { ...NEW_OPS, role: { what: ROLES.join(', '), isRequired: true } },
  async run({ operations, by, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const role = textOption(context, 'role');
    if (!ROLES.includes(role)) throw new UsageError(`--role is one of ${ROLES.join(', ')}`);
    const given = { ...readNewOps(context), role, reason: textOption(context, 'reason') };
    const { id, password } = await operations.accounts.createOps(given, by);
    return { user: publicId('user', id), role, ...secretOf(context, 'password', password) };
  },
};

const opsPassword: Command = {
  name: 'ops password',
  permission: 'anyone',
  summary: 'gives your own account a new password, shown once, and ends its sign-ins',
  options: { 'secret-file': SECRET_FILE },
  async run({ operations, by, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const { password } = await operations.accounts.changePassword(by);
    return { user: publicId('user', by.userId), ...secretOf(context, 'password', password) };
  },
};

const authenticatorBegin: Command = {
  name: 'authenticator begin',
  permission: 'account.read',
  summary:
    'makes the secret of an authenticator for your own account; shown once, and good from its first code on',
  options: { 'secret-file': SECRET_FILE },
  async run({ operations, by, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const password = await readPassword('your account', optionalText(context, 'password-file'));
    const { secret } = await operations.authenticator.begin(
      { userId: by.userId, ip: COMMAND_LINE },
      password,
    );
    return { user: publicId('user', by.userId), ...secretOf(context, 'secret', secret) };
  },
};

const authenticatorConfirm: Command = {
  name: 'authenticator confirm',
  permission: 'account.read',
  summary: 'confirms it by its first code, and shows the recovery codes once',
  argument: 'CODE',
  options: { 'secret-file': SECRET_FILE },
  async run({ operations, by, argument, proved, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const codes = await operations.authenticator.confirm({ userId: by.userId, ip: COMMAND_LINE }, argument);
    await proved();
    return { user: publicId('user', by.userId), ...secretOf(context, 'recovery_codes', codes.join(' ')) };
  },
};

const opsConfirm: Command = {
  name: 'ops confirm',
  permission: 'staff.write',
  summary: 'confirms an ops account that another admin made: it may act from now on',
  argument: 'EMAIL',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    await operations.accounts.confirmOps({ email: argument, reason: textOption(context, 'reason') }, by);
    return { account: argument, status: 'confirmed' };
  },
};

function opsStatus(verb: 'disable' | 'enable'): Command {
  return {
    name: `ops ${verb}`,
    permission: 'staff.write',
    summary: verb === 'disable' ? 'ends an ops account and its sign-ins' : 'lets an ops account in again',
    argument: 'EMAIL',
    options: { reason: REASON },
    async run({ operations, by, argument, ...context }) {
      const status = verb === 'disable' ? 'disabled' : 'active';
      await operations.accounts.setOpsStatus(
        { email: argument, status, reason: textOption(context, 'reason') },
        by,
      );
      return { account: argument, status };
    },
  };
}

const opsList: Command = {
  name: 'ops list',
  permission: 'staff.read',
  summary: 'the ops accounts',
  options: {},
  run: async ({ operations }) =>
    (await operations.accounts.listOps()).map((user) => ({
      ...shownUser(user),
      email: user.email,
      role: user.role,
      confirmed: isConfirmed(user),
    })),
};

const userCreate: Command = {
  name: 'user create',
  permission: 'users.write',
  summary: 'makes a user of an app, with a wallet; it is active and has every service',
  options: {
    name: { what: 'name of the business', isRequired: true },
    type: { what: `${USER_TYPES.join(', ')}; without it, retailer` },
    under: { what: 'who stands above it, usr_…; without it, nobody' },
    reason: REASON,
  },
  async run({ operations, by, ...context }) {
    const under = optionalText(context, 'under');
    const given = {
      name: textOption(context, 'name'),
      ...readType(optionalText(context, 'type')),
      ...(under === undefined ? {} : { parent: readUser(under) }),
      reason: textOption(context, 'reason'),
    };
    const user = await operations.accounts.createUser(given, by);
    return { user: publicId('user', user.userId), wallet: publicId('wallet', user.walletId) };
  },
};

function userStatus(verb: 'disable' | 'enable'): Command {
  return {
    name: `user ${verb}`,
    permission: 'users.status',
    summary:
      verb === 'disable' ? 'refuses all keys of a user, within a second' : 'accepts the keys of a user again',
    argument: 'USER',
    options: { reason: REASON },
    async run({ operations, by, argument, ...context }) {
      const status = verb === 'disable' ? 'disabled' : 'active';
      const given = { id: readUser(argument), status, reason: textOption(context, 'reason') } as const;
      await operations.accounts.setUserStatus(given, by);
      return { user: argument, status };
    },
  };
}

const userList: Command = {
  name: 'user list',
  permission: 'users.read',
  summary: 'the users of apps, the newest first',
  options: {},
  run: async ({ operations }) => (await operations.accounts.listUsers(LISTED)).map(shownUser),
};

const keyCreate: Command = {
  name: 'key create',
  permission: 'api_keys.write',
  summary: 'makes an API key of a user; the key is shown once',
  argument: 'USER',
  options: {
    scopes: { what: `${SCOPES.join(',')}; or all`, isRequired: true },
    days: { what: 'how many days it lasts; without it, until it is revoked' },
    from: { what: 'networks from which it may be used, with commas; without it, from anywhere' },
    'secret-file': SECRET_FILE,
    reason: REASON,
  },
  async run({ operations, by, argument, environment, clock, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const { id, secret } = await operations.accounts.createKey(
      {
        userId: readUser(argument),
        mode: environment.keyMode,
        scopes: readScopes(textOption(context, 'scopes')),
        expiresAt: readDays(clock, optionalText(context, 'days')),
        allowedFrom: readNetworks(optionalText(context, 'from')),
        reason: textOption(context, 'reason'),
      },
      by,
    );
    return { key: publicId('apiKey', id), mode: environment.keyMode, ...secretOf(context, 'secret', secret) };
  },
};

const keyAddresses: Command = {
  name: 'key addresses',
  permission: 'api_keys.write',
  summary: 'says from where an API key may be used: elsewhere it is refused within a second',
  argument: 'KEY',
  options: {
    from: { what: 'networks with commas, such as 203.0.113.0/24,2001:db8::/48; or any', isRequired: true },
    reason: REASON,
  },
  async run({ operations, by, argument, ...context }) {
    const from = textOption(context, 'from');
    const allowedFrom = readNetworks(from === 'any' ? undefined : from);
    const given = { id: readId('apiKey', argument), allowedFrom, reason: textOption(context, 'reason') };
    await operations.accounts.setKeyAddresses(given, by);
    return { key: argument, from: allowedFrom ?? 'any' };
  },
};

const keyRevoke: Command = {
  name: 'key revoke',
  permission: 'api_keys.write',
  summary: 'ends an API key: it is refused within a second',
  argument: 'KEY',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const given = { id: readId('apiKey', argument), reason: textOption(context, 'reason') };
    await operations.accounts.revokeKey(given, by);
    return { key: argument, status: 'revoked' };
  },
};

const keyList: Command = {
  name: 'key list',
  permission: 'api_keys.read',
  summary: 'the API keys of a user, without their secrets',
  argument: 'USER',
  options: {},
  run: async ({ operations, argument }) =>
    (await operations.accounts.listKeys(readUser(argument))).map((key) => ({
      key: publicId('apiKey', key.id),
      begins: key.prefix,
      scopes: key.scopes,
      from: key.allowedFrom ?? 'any',
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      revoked_at: key.revokedAt,
      last_used_on: key.lastUsedOn,
    })),
};

export const PEOPLE: readonly Command[] = [
  signIn,
  signOut,
  opsFirst,
  opsCreate,
  opsPassword,
  opsConfirm,
  opsStatus('disable'),
  opsStatus('enable'),
  opsList,
  userCreate,
  userStatus('disable'),
  userStatus('enable'),
  userList,
  authenticatorBegin,
  authenticatorConfirm,
  keyCreate,
  keyAddresses,
  keyRevoke,
  keyList,
];

function readNewOps(context: Pick<CommandContext, 'given'>): { email: string; name: string } {
  return { email: textOption(context, 'email'), name: textOption(context, 'name') };
}

export function secretOf(
  context: Pick<CommandContext, 'given'>,
  name: string,
  secret: string,
): Readonly<Record<string, string>> {
  const file = optionalText(context, 'secret-file');
  if (file === undefined) return { [name]: secret };
  writeSecret(file, secret);
  return { [`${name}_file`]: file };
}

function shownUser({ id, name, status, createdAt }: UserModel) {
  return { user: publicId('user', id), name, status, created_at: createdAt };
}

function readType(text: string | undefined): { type?: UserType } {
  if (text === undefined) return {};
  const type = USER_TYPES.find((one) => one === text);
  if (type === undefined) throw new UsageError(`--type is one of ${USER_TYPES.join(', ')}`);
  return { type };
}

export function readScopes(text: string): string[] {
  if (text === 'all') return [...SCOPES];
  const scopes = text.split(',').map((scope) => scope.trim());
  const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0)
    throw new UsageError(`no such scope: ${unknown.join(', ')}; there are ${SCOPES.join(', ')}`);
  return scopes;
}

export function readNetworks(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const networks = networksIn(text);
    if (networks.length <= MOST_NETWORKS) return networks;
  } catch (error) {
    throw new UsageError(`--from: ${(error as Error).message}`);
  }
  throw new UsageError(`--from takes ${MOST_NETWORKS} networks at most`);
}

function readDays(clock: Clock, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError('--days takes a whole number of days');
  return addMs(clock.now(), Number(text) * 86_400_000);
}
