import { SESSION_SCOPES } from '../domain/services/services';
import { createAccessTokens } from '../domain/tokens/access-tokens';
import { createBearerAuthenticator } from '../domain/tokens/bearer';
import { createDevices } from '../domain/tokens/devices';
import { createTokenPolicies } from '../domain/tokens/policy';
import { createUserSessions } from '../domain/tokens/sessions';
import { createSigningKeys } from '../domain/tokens/signing-keys';
import type { FieldCipher } from '../platform/encryption';
import type { Config } from './config';
import type { Foundation } from './foundation';

/** Sessions of people and the tokens that they show. */
export async function createTokens({
  config,
  cipher,
  ...foundation
}: Foundation & { config: Config; cipher: FieldCipher }) {
  const { knex, clock, ids, onError } = foundation;
  const policies = await createTokenPolicies({ knex, clock, profile: config.policyProfile, onError });
  const keys = createSigningKeys({ knex, clock, ids, cipher, policies });
  const accessTokens = createAccessTokens({ clock, ids, keys, policies, issuer: config.apiOrigin });
  return {
    keys,
    sessions: createUserSessions({ knex, clock, ids, policies, accessTokens }),
    devices: createDevices({ knex, clock }),
    authenticator: createBearerAuthenticator({ knex, clock, accessTokens, scopesOfSessions: SESSION_SCOPES }),
    close: () => policies.close(),
  };
}
