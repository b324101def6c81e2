import { errors, jwtVerify, SignJWT } from 'jose';
import { addMs, type Clock } from '../../platform/clock';
import { parsePublicId, publicId, type Ids } from '../../platform/ids';
import { DomainError } from '../errors/errors';
import { userId, type UserId } from '../ids/ids';
import type { TokenPolicies } from './policy';
import type { SigningKeys } from './signing-keys';

/**
 * Access tokens in the form of RFC 9068: a JWT signed with EdDSA, good for ten minutes. What it may do is looked up
 * when it is used, so a token holds who somebody is and nothing that could change.
 */
export interface AccessTokens {
  issue(of: TokenHolder): Promise<AccessToken>;
  /**
   * What a token says, when its form, signature, issuer, audience, type and times are right. Throws DomainError
   * AUTH_TOKEN_INVALID.
   */
  read(token: string): Promise<TokenFacts>;
}

export interface AccessToken {
  token: string;
  expiresAt: Date;
}

/** A person who is signed in, or a program of a partner. */
export type TokenHolder =
  | { kind: 'session'; userId: UserId; sessionId: string; methods: readonly string[]; authenticatedAt: Date }
  | { kind: 'client'; userId: UserId; clientId: string; scopes: readonly string[] };

export interface TokenFacts {
  kind: 'session' | 'client';
  /** The `jti`, a UUID. */
  tokenId: string;
  userId: UserId;
  /** Of the session or of the client. */
  holderId: string;
  /** Of a client's token; a session has what its user may do. */
  scopes: readonly string[];
  expiresAt: Date;
}

export interface AccessTokensDependencies {
  clock: Clock;
  ids: Ids;
  keys: SigningKeys;
  policies: TokenPolicies;
  /** The address of the API: who issues the tokens, and for whom they are. */
  issuer: string;
}

const TYPE = 'at+jwt';
const ALGORITHM = 'EdDSA';
/** The client of people's sessions (RFC 9068 asks for one): the apps of the platform. */
const OUR_APPS = 'munim';
/** Of ours the longest has some 900 characters. */
const MOST_CHARACTERS = 2_000;
/** Processes whose clocks differ a little. */
const TOLERANCE_S = 5;

export function createAccessTokens(deps: AccessTokensDependencies): AccessTokens {
  const { clock, ids, keys, policies, issuer } = deps;
  return {
    async issue(of) {
      const issuedAt = clock.now();
      const expiresAt = wholeSecond(addMs(issuedAt, policies.now().accessS * 1_000));
      const { kid, privateKey } = await keys.signing();
      const token = await new SignJWT(claimsOf(of))
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(of.kind === 'client' ? publicId('oauthClient', of.clientId) : publicId('user', of.userId))
        .setJti(ids.uuid())
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(privateKey);
      return { token, expiresAt };
    },
    async read(token) {
      if (token.length > MOST_CHARACTERS) throw new DomainError('AUTH_TOKEN_INVALID');
      const { payload } = await verified(token, deps);
      const facts = factsOf(payload);
      if (facts === undefined) throw new DomainError('AUTH_TOKEN_INVALID');
      return facts;
    },
  };
}

/** Times in a JWT are whole seconds. */
const wholeSecond = (at: Date): Date => new Date(Math.floor(at.getTime() / 1_000) * 1_000);

function claimsOf(of: TokenHolder): Record<string, unknown> {
  const owner = publicId('user', of.userId);
  if (of.kind === 'client')
    return { client_id: publicId('oauthClient', of.clientId), scope: of.scopes.join(' '), owner };
  return {
    client_id: OUR_APPS,
    sid: publicId('session', of.sessionId),
    amr: [...of.methods],
    auth_time: Math.floor(of.authenticatedAt.getTime() / 1_000),
  };
}

/** Of the header only the kid is believed, as the name of a key of ours; where else a key may lie, it does not say. */
async function verified(
  token: string,
  { clock, keys, issuer }: AccessTokensDependencies,
): Promise<{ payload: Readonly<Record<string, unknown>> }> {
  try {
    return await jwtVerify(
      token,
      async ({ kid }) => {
        const key = typeof kid === 'string' ? await keys.verifying(kid) : undefined;
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer,
        audience: issuer,
        clockTolerance: TOLERANCE_S,
        currentDate: clock.now(),
        requiredClaims: ['sub', 'jti', 'iat', 'exp', 'client_id'],
      },
    );
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError || cause instanceof SyntaxError)
      throw new DomainError('AUTH_TOKEN_INVALID', { cause });
    throw cause; // the keys could not be read
  }
}

function factsOf(payload: Readonly<Record<string, unknown>>): TokenFacts | undefined {
  const text = (name: string): string => (typeof payload[name] === 'string' ? payload[name] : '');
  const shared = { tokenId: text('jti'), expiresAt: new Date(Number(payload.exp) * 1_000) };
  const isSession = text('client_id') === OUR_APPS;
  const user = parsePublicId('user', text(isSession ? 'sub' : 'owner'));
  const holderId = isSession
    ? parsePublicId('session', text('sid'))
    : parsePublicId('oauthClient', text('client_id'));
  if (user === undefined || holderId === undefined) return undefined;
  const scopes = isSession ? [] : text('scope').split(' ');
  return { ...shared, kind: isSession ? 'session' : 'client', userId: userId(user), holderId, scopes };
}
