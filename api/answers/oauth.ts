import Joi from 'joi';
import { answer, count, is, path, words } from './fields';

const SCOPES = /^[a-z_:]+(?: [a-z_:]+)*$/;
const scope = (): Joi.StringSchema =>
  Joi.string().max(1_000).pattern(SCOPES).example('payouts:write wallets:read');
const url = (): Joi.StringSchema =>
  Joi.string()
    .max(300)
    .pattern(/^https?:\/\/[A-Za-z0-9.:/_-]+$/)
    .example('https://api.munim.example');
const seconds = (): Joi.NumberSchema => count(9_999_999_999).description('Seconds since 1970');

export interface IssuedTokenView {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  scope: string;
}
export const issuedToken = answer<IssuedTokenView>('IssuedToken', 'An access token (RFC 6749, 5.1)', {
  access_token: Joi.string()
    .max(2_000)
    .pattern(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/),
  token_type: is('Bearer'),
  expires_in: count(3_600),
  scope: scope(),
});

export interface OauthErrorView {
  error: string;
  error_description: string;
  error_uri: string;
}
export const OAUTH_ERROR_NAMES = [
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'unsupported_grant_type',
] as const;
export const oauthError = answer<OauthErrorView>('OauthError', 'A refusal (RFC 6749, 5.2)', {
  error: is(...OAUTH_ERROR_NAMES),
  error_description: words(500),
  error_uri: path('/problems/oauth-client-invalid').description('A page about the refusal'),
});

export type IntrospectionView =
  | { active: false }
  | {
      active: true;
      token_type: 'Bearer';
      client_id: string;
      sub: string;
      scope?: string;
      exp: number;
      jti: string;
      iss: string;
      aud: string;
    };
const name = (): Joi.StringSchema =>
  Joi.string()
    .max(40)
    .pattern(/^[a-z0-9_-]+$/);
export const introspection = answer<
  Partial<Extract<IntrospectionView, { active: true }>> & { active: boolean }
>(
  'Introspection',
  'What a token says while it opens something, and nothing else of any other (RFC 7662)',
  {
    active: Joi.boolean(),
    token_type: is('Bearer'),
    client_id: name(),
    sub: name(),
    scope: scope(),
    exp: seconds(),
    jti: name(),
    iss: url(),
    aud: url(),
  },
  ['token_type', 'client_id', 'sub', 'scope', 'exp', 'jti', 'iss', 'aud'],
);

export interface MetadataView {
  issuer: string;
  token_endpoint: string;
  introspection_endpoint: string;
  revocation_endpoint: string;
  jwks_uri: string;
  scopes_supported: readonly string[];
  response_types_supported: readonly never[];
  grant_types_supported: readonly string[];
  token_endpoint_auth_methods_supported: readonly string[];
}
const texts = (...values: readonly string[]): Joi.ArraySchema =>
  Joi.array()
    .items(is(...values))
    .max(values.length);
export const metadata = answer<MetadataView>(
  'AuthorizationServer',
  'Where tokens are had, and how (RFC 8414)',
  {
    issuer: url(),
    token_endpoint: url(),
    introspection_endpoint: url(),
    revocation_endpoint: url(),
    jwks_uri: url(),
    scopes_supported: Joi.array()
      .items(
        Joi.string()
          .max(40)
          .pattern(/^[a-z_:]+$/),
      )
      .max(100),
    response_types_supported: Joi.array()
      .items(Joi.string().max(1).pattern(/^x$/))
      .max(0)
      .description('None: nobody signs in to other programs here'),
    grant_types_supported: texts('client_credentials'),
    token_endpoint_auth_methods_supported: texts('client_secret_basic', 'client_secret_post'),
  },
);
