import Joi from 'joi';
import { id, instant, is, list, answer, count, words } from './fields';

const METHODS = ['pwd', 'otp', 'sms', 'pin', 'fed'] as const;

export interface TokensView {
  object: 'session_tokens';
  session: string;
  token_type: 'Bearer';
  access_token: string;
  /** Seconds. */
  expires_in: number;
  refresh_token: string;
  refresh_expires_at: string;
}

/** What an app keeps of a sign-in and of each refresh. */
export const sessionTokens = answer<TokensView>('SessionTokens', 'The tokens of a session', {
  object: is('session_tokens'),
  session: id('session'),
  token_type: is('Bearer'),
  access_token: Joi.string()
    .max(2_000)
    .pattern(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/)
    .description('Send it as `Authorization: Bearer …`'),
  expires_in: count(3_600).description('Seconds for which the access token is good'),
  refresh_token: Joi.string()
    .max(100)
    .pattern(/^mr_[A-Za-z0-9_-]{86}$/)
    .description('Good once: the answer to a refresh has the next one'),
  refresh_expires_at: instant().description('Without a refresh until then the session is over'),
});

export interface SessionAnswer {
  object: 'session';
  id: string;
  /** It is the one that asks. */
  current: boolean;
  device: { id: string; name: string };
  methods: readonly string[];
  address: string;
  started_at: string;
  last_refreshed_at: string;
  ends_at: string;
}

const session = answer<SessionAnswer>('Session', 'Where somebody is signed in', {
  object: is('session'),
  id: id('session'),
  current: Joi.boolean().description('It is the one that asks'),
  device: answer<SessionAnswer['device']>('SessionDevice', 'On which device', {
    id: id('device'),
    name: words(80),
  }),
  methods: Joi.array()
    .items(is(...METHODS))
    .max(METHODS.length)
    .description('How they showed who they are (RFC 8176)'),
  address: words(50).description('The address that the last tokens were given to').example('192.0.2.1'),
  started_at: instant(),
  last_refreshed_at: instant(),
  ends_at: instant().description('Then they sign in again, whatever happens'),
});
export const sessionList = list(session, 'SessionList');

const device = answer<{
  object: 'device';
  id: string;
  name: string;
  first_seen_at: string;
  last_seen_at: string;
}>('Device', 'A device that somebody has signed in on', {
  object: is('device'),
  id: id('device'),
  name: words(80).example('Chrome on Android'),
  first_seen_at: instant(),
  last_seen_at: instant(),
});
export const deviceList = list(device, 'DeviceList');

/** How many sessions were ended. */
export const endedSessions = answer<{ object: 'ended_sessions'; ended: number }>(
  'EndedSessions',
  'Sessions that were open and are over',
  { object: is('ended_sessions'), ended: count(1_000_000) },
);

const KEY_TEXT = /^[A-Za-z0-9_-]+$/;
/** RFC 7517. */
export const publishedKeys = answer<{ keys: Record<string, string>[] }>(
  'PublishedKeys',
  'The keys that access tokens are signed with (RFC 7517)',
  {
    keys: Joi.array()
      .items(
        answer<Record<'kty' | 'crv' | 'alg' | 'use' | 'kid' | 'x', string>>('PublishedKey', 'One of them', {
          kty: is('OKP'),
          crv: is('Ed25519'),
          alg: is('EdDSA'),
          use: is('sig'),
          kid: Joi.string()
            .max(36)
            .pattern(/^[0-9a-f-]{36}$/),
          x: Joi.string().max(43).pattern(KEY_TEXT),
        }),
      )
      .max(20),
  },
);
