import Joi from 'joi';

/** For the description: the OAuth endpoints answer in a form of their own to what breaks a rule. */
const CREDENTIALS = {
  client_id: Joi.string()
    .max(30)
    .pattern(/^cli_[0-9a-z]{26}$/)
    .description('Where the credentials are not sent as `Authorization: Basic …`')
    .example('cli_01jxvqexvqexvt0xvqexvqexvq'),
  client_secret: Joi.string()
    .max(46)
    .pattern(/^ms_[A-Za-z0-9_-]{43}$/)
    .example(`ms_${'A'.repeat(43)}`),
};
const token = Joi.string()
  .max(2_000)
  .pattern(/^[A-Za-z0-9._-]+$/)
  .description('An access token')
  .example('eyJhbGciOiJFZERTQSJ9.e30.AA')
  .required();

export const tokenForm = Joi.object({
  grant_type: Joi.string().valid('client_credentials').required(),
  scope: Joi.string()
    .max(1_000)
    .pattern(/^[a-z_:]+(?: [a-z_:]+)*$/)
    .description('What the token is to be for; all that the program may do where nothing is said')
    .example('payouts:write wallets:read'),
  ...CREDENTIALS,
});
export const tokenOfForm = Joi.object({
  token,
  token_type_hint: Joi.string().valid('access_token'),
  ...CREDENTIALS,
});
