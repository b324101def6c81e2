import Joi from 'joi';

/** A refresh token as it was given. */
export const refreshToken = (): Joi.StringSchema =>
  Joi.string()
    .max(100)
    .pattern(/^mr_[A-Za-z0-9_-]{86}$/, 'a refresh token, as it was given')
    .description('The last refresh token of the session')
    .example(`mr_${'A'.repeat(86)}`);

export const refreshBody = Joi.object<{ refresh_token: string }>({
  refresh_token: refreshToken().required(),
}).required();
