import { defineErrors } from '../errors/errors';

export const TOKEN_ERRORS = defineErrors({
  SESSION_OVER: [
    'unauthenticated',
    'The refresh token is not valid, was used before or has ended: sign in again',
    false,
  ],
  SESSION_NOT_FOUND: ['not_found', 'There is no such session', false],
  DEVICE_NOT_FOUND: ['not_found', 'There is no such device', false],
});

/** Of the OAuth endpoints, which answer in the form of RFC 6749 and name these as pages to read. */
export const OAUTH_ERRORS = defineErrors({
  OAUTH_REQUEST_INVALID: ['malformed', 'The request is not in the form of OAuth 2.0', false],
  OAUTH_GRANT_UNSUPPORTED: ['malformed', 'The only grant type is client_credentials', false],
  OAUTH_SCOPE_INVALID: ['malformed', 'The program may not be given this scope', false],
  OAUTH_TOKEN_OF_ANOTHER: ['malformed', 'The token was given to another program', false],
  OAUTH_CLIENT_INVALID: ['unauthenticated', 'The client id or its secret is not valid here', false],
  OAUTH_CLIENT_NOT_FOUND: ['not_found', 'There is no such program, or it was revoked', false],
  OAUTH_TWO_SECRETS: ['conflict', 'The program has two secrets; retire the older one first', false],
});
