import Joi from 'joi';
import { WALLET_KINDS } from '../../domain/ledger/accounts';
import { SERVICES } from '../../domain/provider/service-name';
import type { SplitView, StatementLineView, WalletView } from '../../domain/wallets/read';
import { answer, currency, id, instant, is, list, paise, reference, signedPaise, words } from './fields';

const wallet = answer<WalletView>('Wallet', 'Money of a user, in paise', {
  id: id('wallet'),
  object: is('wallet'),
  kind: is(...WALLET_KINDS),
  currency: currency(),
  balance: signedPaise().description('Spendable money, as the ledger has it; paise').example(1_000_000),
  held: paise().description('Has left the balance for transactions that run; paise'),
  lien: paise().description('Stays in the wallet until the lien ends; paise').example(0),
  credit_limit: paise().description('How far the balance may go below zero; paise').example(0),
  frozen: Joi.boolean().description('Nothing may be taken from it'),
  available: paise().description(
    'Balance and credit, less the lien and what is accepted and not held yet; paise. Nothing while it is frozen',
  ),
  created_at: instant(),
});
export const walletList = list(wallet, 'WalletList', 10);

const split = answer<SplitView>('Split', "A line's amount in its parts", {
  amount: signedPaise(),
  fee: signedPaise(),
  tax: signedPaise(),
  charge: signedPaise(),
});

const line = answer<StatementLineView>('StatementLine', 'One movement of a wallet', {
  object: is('statement_line'),
  id: words(40).example('xfr_01jxvqexvqexvt0xvqexvqexvq_0'),
  at: instant(),
  code: words(60).example('hold'),
  direction: is('credit', 'debit'),
  amount: paise(),
  balance_after: signedPaise().example(850_000),
  transaction: id('transaction').allow(null),
  service: is(...SERVICES).allow(null),
  reference: reference().allow(null),
  utr: words(100).allow(null),
  split: split.allow(null),
});
export const statement = list(line, 'Statement');
