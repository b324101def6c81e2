import { DomainError } from '../../domain/errors/errors';
import { SCOPES } from '../../domain/services/services';
import type { TokenFacts } from '../../domain/tokens/access-tokens';
import type { OauthClient, OauthClients } from '../../domain/tokens/clients';
import { OAUTH_ERRORS } from '../../domain/tokens/errors';
import type { Clock } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import {
  introspection,
  issuedToken,
  metadata,
  oauthError,
  type IntrospectionView,
  type OAUTH_ERROR_NAMES,
} from '../answers/oauth';
import { found } from '../registry/answers';
import { ok, reply } from '../registry/replies';
import { CREDENTIALS, form, PUBLIC, routesOf, type Reply, type RequestFacts } from '../registry/route';
import { tokenForm, tokenOfForm } from '../schemas/oauth';

export interface OauthRouteDependencies {
  oauthClients: OauthClients;
  clock: Clock;
  config: { apiOrigin: string };
}
const route = routesOf<OauthRouteDependencies>();

const REFUSED = { description: 'Refused', schema: oauthError };
const ENDPOINT = {
  method: 'POST',
  tag: 'OAuth',
  access: CREDENTIALS,
  limits: 'public',
  idempotency: 'none',
} as const;
const REFUSALS = { 400: REFUSED, 401: REFUSED };

export const oauthRoutes = [
  route({
    ...ENDPOINT,
    path: '/v1/oauth/token',
    summary: 'An access token for a program',
    description: 'RFC 6749, 4.4. The token is good for ten minutes; ask for the next shortly before',
    body: form(tokenForm),
    answers: { 200: { description: 'The token', schema: issuedToken }, ...REFUSALS },
    examples: [{ summary: 'All that the program may do', body: { grant_type: 'client_credentials' } }],
    handle: ({ body, request }, { oauthClients, clock }) =>
      inOauth(async () => {
        const client = await clientOf(body, request, oauthClients);
        if (only(body, 'grant_type') !== 'client_credentials')
          throw new DomainError(
            body.has('grant_type')
              ? OAUTH_ERRORS.OAUTH_GRANT_UNSUPPORTED
              : OAUTH_ERRORS.OAUTH_REQUEST_INVALID,
          );
        const { token, expiresAt, scopes } = await oauthClients.issue(client, only(body, 'scope'));
        return ok({
          access_token: token,
          token_type: 'Bearer',
          expires_in: Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1_000),
          scope: scopes.join(' '),
        });
      }),
  }),
  route({
    ...ENDPOINT,
    path: '/v1/oauth/introspect',
    summary: 'What a token says',
    description:
      'RFC 7662. Of tokens of another user, and of any other text, it says that they are not active',
    body: form(tokenOfForm),
    answers: { 200: { description: 'Whether it opens anything now', schema: introspection }, ...REFUSALS },
    examples: [{ summary: 'A token', body: { token: 'eyJhbGciOiJFZERTQSJ9.e30.AA' } }],
    handle: ({ body, request }, { oauthClients, config }) =>
      inOauth(async () => {
        const client = await clientOf(body, request, oauthClients);
        const facts = await oauthClients.introspect(client, tokenOf(body), request.ip);
        return ok(facts === undefined ? { active: false } : introspected(facts, config.apiOrigin));
      }),
  }),
  route({
    ...ENDPOINT,
    path: '/v1/oauth/revoke',
    summary: 'End a token before its time',
    description: 'RFC 7009. It opens nothing within a second. What is no token is none already',
    body: form(tokenOfForm),
    answers: { 204: { description: 'It opens nothing any more' }, ...REFUSALS },
    examples: [{ summary: 'A token', body: { token: 'eyJhbGciOiJFZERTQSJ9.e30.AA' } }],
    handle: ({ body, request }, { oauthClients }) =>
      inOauth(async () => {
        await oauthClients.revoke(await clientOf(body, request, oauthClients), tokenOf(body));
        return reply(204);
      }),
  }),
  route({
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    summary: 'Where tokens are had, and how',
    description: 'RFC 8414',
    tag: 'OAuth',
    access: PUBLIC,
    limits: 'public',
    idempotency: 'none',
    answers: found('The addresses', metadata),
    handle: (_input, { config: { apiOrigin } }) =>
      ok(
        {
          issuer: apiOrigin,
          token_endpoint: `${apiOrigin}/v1/oauth/token`,
          introspection_endpoint: `${apiOrigin}/v1/oauth/introspect`,
          revocation_endpoint: `${apiOrigin}/v1/oauth/revoke`,
          jwks_uri: `${apiOrigin}/.well-known/jwks.json`,
          scopes_supported: SCOPES,
          response_types_supported: [],
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        },
        { 'Cache-Control': 'public, max-age=600' },
      ),
  }),
];

const ERROR_OF: Readonly<Record<string, (typeof OAUTH_ERROR_NAMES)[number]>> = {
  [OAUTH_ERRORS.OAUTH_REQUEST_INVALID.code]: 'invalid_request',
  [OAUTH_ERRORS.OAUTH_TOKEN_OF_ANOTHER.code]: 'invalid_request',
  [OAUTH_ERRORS.OAUTH_GRANT_UNSUPPORTED.code]: 'unsupported_grant_type',
  [OAUTH_ERRORS.OAUTH_SCOPE_INVALID.code]: 'invalid_scope',
  [OAUTH_ERRORS.OAUTH_CLIENT_INVALID.code]: 'invalid_client',
};

/** Refusals in the form that libraries of OAuth read; what is not of OAuth is a problem as anywhere. */
async function inOauth<R extends Reply>(work: () => Promise<R>): Promise<R | Reply<400> | Reply<401>> {
  try {
    return await work();
  } catch (refusal) {
    const error = refusal instanceof DomainError ? ERROR_OF[refusal.code] : undefined;
    if (error === undefined) throw refusal;
    const { code, detail } = refusal as DomainError;
    const body = {
      error,
      error_description: detail,
      error_uri: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
    };
    return error === 'invalid_client'
      ? reply(401, body, { 'WWW-Authenticate': 'Basic realm="munim"' })
      : reply(400, body);
  }
}

/** A parameter that is sent once (RFC 6749, 3.2); one without a value is none. */
function only(form_: URLSearchParams, name: string): string | undefined {
  const values = form_.getAll(name);
  if (values.length > 1)
    throw new DomainError(OAUTH_ERRORS.OAUTH_REQUEST_INVALID, { detail: `send ${name} once` });
  return values[0] === '' ? undefined : values[0];
}

function tokenOf(body: URLSearchParams): string {
  const token = only(body, 'token');
  if (token === undefined)
    throw new DomainError(OAUTH_ERRORS.OAUTH_REQUEST_INVALID, { detail: 'send the token' });
  return token;
}

/** The program whose id and secret came, in the header or in the form and not in both (RFC 6749, 2.3). */
async function clientOf(
  body: URLSearchParams,
  { headers, ip }: RequestFacts,
  clients: OauthClients,
): Promise<OauthClient> {
  const inForm = [only(body, 'client_id'), only(body, 'client_secret')];
  const inHeader = basicOf(headers.authorization);
  if (inHeader !== undefined && inForm[1] !== undefined)
    throw new DomainError(OAUTH_ERRORS.OAUTH_REQUEST_INVALID, {
      detail: 'send the secret in the header or in the body, not in both',
    });
  const [id = '', secret = ''] = inHeader ?? inForm;
  return clients.authenticate(id, secret, ip);
}

const BASIC = /^Basic +([A-Za-z0-9+/]{1,300}={0,2})$/i;

/** Both parts are written as in a form (RFC 6749, 2.3.1). */
function basicOf(header: string | undefined): [id: string, secret: string] | undefined {
  const encoded = BASIC.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  const decoded = (part: string): string => new URLSearchParams(`v=${part}`).get('v') ?? '';
  return at === -1 ? ['', ''] : [decoded(text.slice(0, at)), decoded(text.slice(at + 1))];
}

function introspected(facts: TokenFacts, origin: string): IntrospectionView {
  const isSession = facts.kind === 'session';
  return {
    active: true,
    token_type: 'Bearer',
    client_id: isSession ? 'munim' : publicId('oauthClient', facts.holderId),
    sub: isSession ? publicId('user', facts.userId) : publicId('oauthClient', facts.holderId),
    ...(isSession ? {} : { scope: facts.scopes.join(' ') }),
    exp: Math.floor(facts.expiresAt.getTime() / 1_000),
    jti: facts.tokenId,
    iss: origin,
    aud: origin,
  };
}
