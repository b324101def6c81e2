import Joi from 'joi';
import { answer, id, instant, is, words } from './fields';
import { sessionTokens, type TokensView } from './sessions';

/** Somebody is signed in. */
export const signedIn = answer<{
  object: 'signed_in';
  tokens: TokensView;
  device: string;
  device_token: string | null;
}>('SignedIn', 'Somebody is signed in', {
  object: is('signed_in'),
  tokens: sessionTokens,
  device: id('device'),
  device_token: Joi.string()
    .max(46)
    .pattern(/^md_[A-Za-z0-9_-]{43}$/)
    .allow(null)
    .description('Given once, to a new device, which keeps it: with it a password is enough the next time'),
});

/** The password was right, and the device is new. */
export const signInCode = answer<{
  object: 'sign_in_code';
  id: string;
  channel: 'sms' | 'email';
  to: string;
  expires_at: string;
}>('SignInCode', 'The device is new: a code was sent to the owner', {
  object: is('sign_in_code'),
  id: id('signInCode'),
  channel: is('sms', 'email'),
  to: words(260).description('Where it was sent, hidden in part').example('98XXXXXX10'),
  expires_at: instant(),
});

/** The same whether there is somebody or not. */
export const askedCode = answer<{ object: 'asked_code'; id: string; expires_at: string }>(
  'AskedCode',
  'If the number or address is somebody’s, a code is sent to it',
  { object: is('asked_code'), id: id('signInCode'), expires_at: instant() },
);
