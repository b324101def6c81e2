import { SCOPES } from '../../domain/services/services';
import { publicId } from '../../platform/ids';
import { optionalText, REASON, textOption, type Command } from './command';
import { readNetworks, readScopes, SECRET_FILE, secretOf } from './people';
import { readId, readUser } from './read-ids';
import { requireNoFile } from './secrets';

/** Programs of partners, which get access tokens by client credentials. */

const create: Command = {
  name: 'client create',
  permission: 'api_keys.write',
  summary: 'makes a program of a user, for access tokens (OAuth 2.0); its secret is shown once',
  argument: 'USER',
  options: {
    name: { what: 'what it is called', isRequired: true },
    scopes: { what: `${SCOPES.join(',')}; or all`, isRequired: true },
    from: { what: 'networks from which it may be used, with commas; without it, from anywhere' },
    'secret-file': SECRET_FILE,
    reason: REASON,
  },
  async run({ operations, by, argument, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const { clientId, secret } = await operations.clients.create(
      {
        userId: readUser(argument),
        name: textOption(context, 'name'),
        scopes: readScopes(textOption(context, 'scopes')),
        allowedFrom: readNetworks(optionalText(context, 'from')),
        reason: textOption(context, 'reason'),
      },
      by,
    );
    return { client: clientId, ...secretOf(context, 'secret', secret) };
  },
};

const addSecret: Command = {
  name: 'client secret',
  permission: 'api_keys.write',
  summary: 'gives a program a second secret, to change over to',
  argument: 'CLIENT',
  options: { 'secret-file': SECRET_FILE, reason: REASON },
  async run({ operations, by, argument, ...context }) {
    requireNoFile(optionalText(context, 'secret-file'));
    const given = { id: readId('oauthClient', argument), reason: textOption(context, 'reason') };
    const { secret } = await operations.clients.addSecret(given, by);
    return { client: argument, ...secretOf(context, 'secret', secret) };
  },
};

const retire: Command = {
  name: 'client retire',
  permission: 'api_keys.write',
  summary: 'ends the secrets of a program but the newest',
  argument: 'CLIENT',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const given = { id: readId('oauthClient', argument), reason: textOption(context, 'reason') };
    return { client: argument, ...(await operations.clients.retire(given, by)) };
  },
};

const revoke: Command = {
  name: 'client revoke',
  permission: 'api_keys.write',
  summary: 'ends a program: its tokens open nothing within a second',
  argument: 'CLIENT',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const given = { id: readId('oauthClient', argument), reason: textOption(context, 'reason') };
    await operations.clients.revoke(given, by);
    return { client: argument, status: 'revoked' };
  },
};

const list: Command = {
  name: 'client list',
  permission: 'api_keys.read',
  summary: 'the programs of a user, without their secrets',
  argument: 'USER',
  options: {},
  run: async ({ operations, argument }) =>
    (await operations.clients.list(readUser(argument))).map((client) => ({
      client: publicId('oauthClient', client.id),
      name: client.name,
      scopes: client.scopes,
      from: client.allowedFrom ?? 'any',
      secrets: client.secrets,
      made_at: client.madeAt,
      revoked_at: client.revokedAt,
    })),
};

export const CLIENTS: readonly Command[] = [create, addSecret, retire, revoke, list];
