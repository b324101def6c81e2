import type { Passwords } from '../domain/auth/passwords';
import { createOtpSends } from '../domain/otp/sends';
import { createOtpTries } from '../domain/otp/tries';
import { createConfirmations, type CodeTeller } from '../domain/step-up/confirmations';
import { createPins } from '../domain/step-up/pins';
import { createStepUpRules } from '../domain/step-up/rules';
import { DomainError } from '../domain/errors/errors';
import { createPayoutRests } from '../domain/sign-in/rest';
import { SESSION_SCOPES } from '../domain/services/services';
import { createAccessTokens } from '../domain/tokens/access-tokens';
import { createBearerAuthenticator } from '../domain/tokens/bearer';
import { createOauthClients } from '../domain/tokens/clients';
import { createDevices } from '../domain/tokens/devices';
import { createTokenPolicies } from '../domain/tokens/policy';
import { createUserSessions } from '../domain/tokens/sessions';
import { createSigningKeys } from '../domain/tokens/signing-keys';
import type { FieldCipher } from '../platform/encryption';
import type { Config } from './config';
import type { Domain } from './domain';
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
  const bearer = createBearerAuthenticator({ knex, clock, accessTokens, scopesOfSessions: SESSION_SCOPES });
  const stands = (token: string, from: string): Promise<boolean> =>
    bearer.authenticate(token, from).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DomainError && error.kind !== 'unavailable') return false;
        throw error;
      },
    );
  return {
    offered: {
      userSessions: createUserSessions({ knex, clock, ids, policies, accessTokens }),
      devices: createDevices({ knex, clock }),
      signingKeys: keys,
      oauthClients: createOauthClients({ knex, clock, accessTokens, stands }),
    },
    authenticator: bearer,
    close: () => policies.close(),
  };
}

/** What confirms the orders of people who are signed in. */
export async function createStepUp({
  config,
  domain: { cipher, digest, policies },
  teller,
  passwords,
  ...foundation
}: Foundation & {
  config: Config;
  domain: Pick<Domain, 'cipher' | 'digest' | 'policies'>;
  teller: CodeTeller;
  passwords: Passwords;
}) {
  const { knex, clock, ids, onError } = foundation;
  const rules = await createStepUpRules({ knex, clock, profile: config.policyProfile, onError });
  const pins = createPins({ knex, clock, cipher, passwords });
  const shared = { knex, clock, policies };
  const otps = { otpSends: createOtpSends(shared), otpTries: createOtpTries(shared) };
  return {
    offered: {
      pins,
      payoutRests: createPayoutRests({ clock, rules }),
      confirmations: createConfirmations({ ...shared, ...otps, ids, digest, rules, pins, teller }),
    },
    close: () => rules.close(),
  };
}
