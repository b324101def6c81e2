import { defineErrors } from '../errors/errors';

export const TRANSFER_ERRORS = defineErrors({
  WALLET_TRANSFER_NOT_FOUND: ['not_found', 'There is no such transfer between wallets', false],
  WALLET_TRANSFER_NOT_ALLOWED: ['conflict', 'Money may not be moved this way', false],
  WALLET_TRANSFER_AMOUNT_INVALID: [
    'invalid',
    'The amount is outside the limits of a transfer between wallets',
    false,
  ],
  WALLET_TRANSFER_USER_UNKNOWN: ['not_found', 'There is no such user in your network', false],
  WALLET_TRANSFER_USER_DISABLED: ['conflict', 'The other user is disabled', false],
});
