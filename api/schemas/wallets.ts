import Joi from 'joi';
import { WALLET_KINDS, type WalletKind } from '../../domain/ledger/accounts';
import { amount, currency, publicId, reference, text } from './fields';

interface Common {
  amount: number;
  currency: 'INR';
  reference: string;
}

/** Letters, digits, punctuation and spaces of any script. */
const REASON = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u;
/** Said by one person to another, and kept. */
export const reason = text([3, 200], REASON, 'letters, digits, punctuation and spaces on one line').example(
  'sent to the wrong shop',
);
/** A user of the own network. */
export const user = publicId.example('usr_01jxvqexvqexvt0xvqexvqexvq', { override: true });
const common = { amount, currency, reference: reference.required() };
const kind = Joi.string().valid(...WALLET_KINDS);

/** POST /v1/wallet-moves */
export const moveBody = Joi.object<Common & { from: WalletKind; to: WalletKind }>({
  ...common,
  from: kind.required(),
  to: kind.required(),
}).required();

/** POST /v1/wallet-transfers */
export const transferBody = Joi.object<Common & { to_user: string }>({
  ...common,
  to_user: user.required(),
}).required();

/** POST /v1/wallet-pull-backs */
export const pullBackBody = Joi.object<Common & { from_user: string; reason: string }>({
  ...common,
  from_user: user.required(),
  reason: reason.required(),
}).required();
