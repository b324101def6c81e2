import type { Caller } from '../../domain/auth/api-keys';
import type { Devices } from '../../domain/tokens/devices';
import { TOKEN_ERRORS } from '../../domain/tokens/errors';
import type { SessionTokens, UserSessions } from '../../domain/tokens/sessions';
import type { SigningKeys } from '../../domain/tokens/signing-keys';
import type { Clock } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import {
  deviceList,
  endedSessions,
  publishedKeys,
  sessionList,
  sessionTokens,
  type TokensView,
} from '../answers/sessions';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, reply } from '../registry/replies';
import { CREDENTIALS, json, key, PUBLIC, routesOf } from '../registry/route';
import { refreshBody } from '../schemas/sessions';

export interface SessionRouteDependencies {
  userSessions: UserSessions;
  devices: Devices;
  signingKeys: Pick<SigningKeys, 'published'>;
  clock: Clock;
}
const route = routesOf<SessionRouteDependencies>();
const OWN = { tag: 'Sessions', access: key('account'), limits: 'read', idempotency: 'none' } as const;
const WITH_TOKEN = {
  method: 'POST',
  tag: 'Sessions',
  access: CREDENTIALS,
  limits: 'public',
  idempotency: 'none',
  body: json(refreshBody),
  examples: [{ summary: 'With its last refresh token', body: { refresh_token: `mr_${'A'.repeat(86)}` } }],
} as const;
const NOTHING = { 204: { description: 'Done' } } as const;

/** The tokens of a session as an app is given them: after a sign-in, and after each refresh. */
export function tokensView(tokens: SessionTokens, now: Date): TokensView {
  return {
    object: 'session_tokens',
    session: publicId('session', tokens.sessionId),
    token_type: 'Bearer',
    access_token: tokens.accessToken,
    expires_in: Math.max(0, Math.floor((tokens.accessExpiresAt.getTime() - now.getTime()) / 1_000)),
    refresh_token: tokens.refreshToken,
    refresh_expires_at: tokens.refreshExpiresAt.toISOString(),
  };
}

const sessionOf = (caller: Caller): string | undefined =>
  caller.by === 'session' ? caller.keyId : undefined;

const tokenRoutes = [
  route({
    ...WITH_TOKEN,
    path: '/v1/session/refresh',
    summary: 'New tokens for a refresh token',
    description:
      'A refresh token is good once. One that is used again ends its session, since somebody has a copy of' +
      ' it: make one refresh at a time, and sign in again where the answer was lost',
    answers: found('The next tokens', sessionTokens),
    problems: [TOKEN_ERRORS.SESSION_OVER],
    handle: async ({ body, request }, { userSessions, clock }) =>
      ok(tokensView(await userSessions.refresh(body.refresh_token, request.ip), clock.now())),
  }),
  route({
    ...WITH_TOKEN,
    path: '/v1/session/sign-out',
    summary: 'Sign out',
    description: 'Ends the session of a refresh token. The answer is the same for one that is over',
    answers: NOTHING,
    handle: async ({ body }, { userSessions }) => {
      await userSessions.signOut(body.refresh_token);
      return reply(204);
    },
  }),
];

const ownRoutes = [
  route({
    ...OWN,
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Where you are signed in',
    answers: found('The newest first, a hundred at most', sessionList),
    handle: async ({ caller, request }, { userSessions }) =>
      listOf(
        request,
        (await userSessions.list(caller.userId)).map((session) => ({
          object: 'session',
          id: publicId('session', session.id),
          current: session.id === sessionOf(caller),
          device: { id: publicId('device', session.deviceId), name: session.deviceName },
          methods: session.methods,
          address: session.ip,
          started_at: session.startedAt.toISOString(),
          last_refreshed_at: session.refreshedAt.toISOString(),
          ends_at: session.endsAt.toISOString(),
        })),
      ),
  }),
  route({
    ...OWN,
    method: 'DELETE',
    path: '/v1/sessions',
    summary: 'End all your other sessions',
    description: 'The session that asks stays',
    answers: found('They are over', endedSessions),
    handle: async ({ caller, request }, { userSessions }) => {
      const ended = await userSessions.endOthers(caller.userId, sessionOf(caller), request);
      return ok({ object: 'ended_sessions', ended });
    },
  }),
  route({
    ...OWN,
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    summary: 'End a session',
    params: { id: idParameter('session', TOKEN_ERRORS.SESSION_NOT_FOUND) },
    answers: NOTHING,
    problems: [TOKEN_ERRORS.SESSION_NOT_FOUND],
    handle: async ({ caller, params, request }, { userSessions }) => {
      await userSessions.end(caller.userId, params.id, request);
      return reply(204);
    },
  }),
  route({
    ...OWN,
    method: 'GET',
    path: '/v1/devices',
    summary: 'Devices that you have signed in on',
    answers: found('The newest first, a hundred at most', deviceList),
    handle: async ({ caller, request }, { devices }) =>
      listOf(
        request,
        (await devices.list(caller.userId)).map(({ id, name, firstSeenAt, lastSeenAt }) => ({
          object: 'device',
          id: publicId('device', id),
          name,
          first_seen_at: firstSeenAt.toISOString(),
          last_seen_at: lastSeenAt.toISOString(),
        })),
      ),
  }),
  route({
    ...OWN,
    method: 'DELETE',
    path: '/v1/devices/{id}',
    summary: 'Forget a device',
    description: 'Its sessions end, and the next sign-in on it is one on a new device',
    params: { id: idParameter('device', TOKEN_ERRORS.DEVICE_NOT_FOUND) },
    answers: NOTHING,
    problems: [TOKEN_ERRORS.DEVICE_NOT_FOUND],
    handle: async ({ caller, params, request }, { devices }) => {
      await devices.forget(caller.userId, params.id, request);
      return reply(204);
    },
  }),
];

export const sessionRoutes = [
  ...tokenRoutes,
  ...ownRoutes,
  route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The keys that access tokens are signed with',
    description: 'RFC 7517. The next key is here a day before it signs; a copy may be kept for ten minutes',
    tag: 'Sessions',
    access: PUBLIC,
    limits: 'public',
    idempotency: 'none',
    answers: found('The keys in use', publishedKeys),
    handle: async (_input, { signingKeys }) =>
      ok({ keys: await signingKeys.published() }, { 'Cache-Control': 'public, max-age=600' }),
  }),
];
