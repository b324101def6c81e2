import { WALLET_KINDS } from '../../domain/ledger/accounts';
import { TRANSFER_KINDS } from '../../domain/transfers/transfer-rows';
import type { SideView, WalletTransferView } from '../../domain/transfers/transfers';
import { answer, currency, id, instant, is, list, paise, path, reference, words } from './fields';

const side = answer<SideView>('WalletSide', 'A wallet, by its user and kind', {
  user: id('user'),
  wallet: is(...WALLET_KINDS),
});

export const walletTransfer = answer<WalletTransferView>(
  'WalletTransfer',
  'Money that was moved between two wallets; it is done',
  {
    id: id('walletTransfer'),
    object: is('wallet_transfer'),
    kind: is(...TRANSFER_KINDS),
    from: side,
    to: side,
    amount: paise(),
    currency: currency(),
    reference: reference(),
    reason: words(200).allow(null),
    created_at: instant(),
    links: answer<WalletTransferView['links']>('WalletTransferLinks', 'Where to read it', {
      self: path('/v1/wallet-transfers/wtr_01jxvqexvqexvt0xvqexvqexvq'),
    }),
  },
);
export const walletTransferList = list(walletTransfer, 'WalletTransferList');
