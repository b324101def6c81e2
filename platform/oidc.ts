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
  return {
    issuer,
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
        return { issuer: claims.iss, subject: claims.sub, claims };
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
