import { createRemoteJWKSet, errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  discovery,
  enableNonRepudiationChecks,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';

/** Signing in at another company's OpenID provider (OpenID Connect Core 1.0), by the code flow with PKCE. */
export interface OidcClient {
  /** Where the browser goes, and what we must keep for when it comes back. Throws an Error when the provider is away. */
  begin(): Promise<{ url: string; kept: KeptOidc }>;
  /**
   * Who came back, at this address. Throws OidcRefused when the provider, or what came, does not show who it is, and
   * another Error when the provider is away.
   */
  finish(query: URLSearchParams, kept: KeptOidc): Promise<OidcIdentity>;
  readonly issuer: string;
  /**
   * What the provider says in a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6), but for whether it was said
   * before. Throws OidcRefused for a token that is none of ours, and another Error when the provider is away.
   */
  readLogout(token: string): Promise<OidcLogout>;
  /** Where a person signs out there, too; undefined where the provider offers nothing, or is away. */
  endUrl(returnTo: string): Promise<string | undefined>;
}

export interface KeptOidc {
  state: string;
  nonce: string;
  verifier: string;
}

export interface OidcIdentity {
  issuer: string;
  subject: string;
  claims: Readonly<Record<string, unknown>>;
  /** The session there, where the provider names it (`sid`). */
  session: string | undefined;
}

export interface OidcLogout {
  issuer: string;
  subject: string | undefined;
  session: string | undefined;
  jti: string;
  /** From then on the token is refused by its age. */
  expiresAt: Date;
}

export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** A public client has none: PKCE holds for it too. */
  clientSecret: string | undefined;
  /** Where the provider sends the browser back. */
  redirectUri: string;
}

export class OidcRefused extends Error {}

const TIMEOUT_S = 5;
/** What the provider says of itself is read again after so long. */
const READ_AGAIN_MS = 3_600_000;
/** Codes of errors that say that no answer came, or none that is one. */
const AWAY: ReadonlySet<unknown> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

/** Signed with a key that the provider publishes: a secret that both know would let us write their words. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'RS384', 'RS512', 'PS384', 'PS512', 'ES384', 'ES512'];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token is for now; clocks differ. */
const LOGOUT_AGE_S = 120;
const TOLERANCE_S = 30;

export function createOidcClient({ issuer, clientId, clientSecret, redirectUri }: OidcSettings): OidcClient {
  let known: { config: Promise<Configuration>; at: number } | undefined;
  const configuration = async (): Promise<Configuration> => {
    if (known === undefined || performance.now() - known.at > READ_AGAIN_MS) {
      const config = discovery(
        new URL(issuer),
        clientId,
        { redirect_uris: [redirectUri] },
        clientSecret === undefined ? None() : ClientSecretPost(clientSecret),
        {
          timeout: TIMEOUT_S,
          // The signature of the id token too, though it comes by TLS. Settings refuse http in production.
          execute: [
            enableNonRepudiationChecks,
            ...(issuer.startsWith('http:') ? [allowInsecureRequests] : []),
          ],
        },
      );
      known = { config, at: performance.now() };
      config.catch(() => {
        known = undefined;
      });
    }
    return known.config;
  };
  const keysOf = keysOfProvider(configuration);
  return {
    issuer,
    readLogout: async (token) => readLogout(token, { key: await keysOf(), issuer, clientId }),
    async endUrl(returnTo) {
      try {
        return buildEndSessionUrl(await configuration(), { post_logout_redirect_uri: returnTo }).href;
      } catch {
        return undefined;
      }
    },
    async begin() {
      const config = await configuration();
      const kept = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        state: kept.state,
        nonce: kept.nonce,
        code_challenge: await calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, kept };
    },
    async finish(query, { state, nonce, verifier }) {
      const config = await configuration();
      try {
        const tokens = await authorizationCodeGrant(config, new URL(`${redirectUri}?${query.toString()}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        const session = typeof claims.sid === 'string' ? claims.sid : undefined;
        return { issuer: claims.iss, subject: claims.sub, claims, session };
      } catch (error) {
        if (isAway(error)) throw error;
        throw new OidcRefused('the provider did not show who it is', { cause: error });
      }
    },
  };
}

/** What `fetch` throws has no code; its cause has. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return AWAY.has(code) || (error instanceof TypeError && code === undefined);
}

/** The keys that the provider publishes, read where the token names one that is not known. */
function keysOfProvider(configuration: () => Promise<Configuration>): () => Promise<JWTVerifyGetKey> {
  let keys: { uri: string; set: JWTVerifyGetKey } | undefined;
  return async () => {
    const uri = (await configuration()).serverMetadata().jwks_uri;
    if (uri === undefined) throw new OidcRefused('the provider publishes no keys');
    if (keys?.uri !== uri)
      keys = { uri, set: createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_S * 1_000 }) };
    return keys.set;
  };
}

async function readLogout(
  token: string,
  { key, issuer, clientId }: { key: JWTVerifyGetKey; issuer: string; clientId: string },
): Promise<OidcLogout> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      maxTokenAge: LOGOUT_AGE_S,
      clockTolerance: TOLERANCE_S,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
    const { sub, sid, jti, iat, nonce, events } = payload;
    // Of older providers it says nothing; another type is a token for something else.
    const { typ = 'logout+jwt' } = protectedHeader;
    const session = typeof sid === 'string' && sid !== '' ? sid : undefined;
    const isLogout =
      ['logout+jwt', 'jwt'].includes(typ.toLowerCase().replace('application/', '')) &&
      isObject(events) &&
      isObject(events[LOGOUT_EVENT]) &&
      nonce === undefined &&
      typeof jti === 'string' &&
      (session !== undefined || (typeof sub === 'string' && sub !== ''));
    if (!isLogout) throw new OidcRefused('it is no logout token');
    const expiresAt = new Date((iat! + LOGOUT_AGE_S + 2 * TOLERANCE_S) * 1_000);
    return { issuer, subject: sub, session, jti, expiresAt };
  } catch (error) {
    if (error instanceof OidcRefused || !(error instanceof joseErrors.JOSEError) || isKeyAway(error))
      throw error;
    throw new OidcRefused('the logout token is not of the provider', { cause: error });
  }
}

/** The keys could not be read: nobody knows whether the token is right. */
const isKeyAway = (error: joseErrors.JOSEError): boolean =>
  error instanceof joseErrors.JWKSTimeout || error.constructor === joseErrors.JOSEError;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
