import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import { TRANSFER_ERRORS } from '../../domain/transfers/errors';
import type { Made, WalletTransfers } from '../../domain/transfers/transfers';
import { paiseFromJson } from '../../platform/money';
import { walletTransfer, walletTransferList } from '../answers/wallet-transfers';
import { CONFIRMING_ERRORS, found, made, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf, sendMade } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { confirmation } from '../schemas/headers';
import { pageQuery } from '../schemas/lists';
import { moveBody, pullBackBody, transferBody } from '../schemas/wallets';
import { networkUser } from './confirmations';
import { transferRisk } from './order-risks';

export interface WalletTransferRouteDependencies {
  walletTransfers: WalletTransfers;
  confirmations: Pick<Confirmations, 'require'>;
  payoutRests: PayoutRests;
}
const route = routesOf<WalletTransferRouteDependencies>();

const COMMON = { tag: 'Wallets' } as const;
const WRITE = {
  ...COMMON,
  method: 'POST',
  access: key('wallets:write'),
  limits: 'money',
  idempotency: 'key',
  answers: made('It is done', walletTransfer),
  problems: [
    'IDEMPOTENCY_KEY_REUSED',
    'IDEMPOTENCY_IN_PROGRESS',
    'TRANSACTION_REFERENCE_TAKEN',
    'LEDGER_INSUFFICIENT_FUNDS',
    'LIMIT_EXCEEDED',
    'WALLET_NOT_FOUND',
    TRANSFER_ERRORS.WALLET_TRANSFER_NOT_ALLOWED,
    TRANSFER_ERRORS.WALLET_TRANSFER_AMOUNT_INVALID,
    TRANSFER_ERRORS.WALLET_TRANSFER_USER_DISABLED,
  ],
} as const;
const IN_NETWORK = [...WRITE.problems, TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN] as const;
const READ = { ...COMMON, method: 'GET', access: key('wallets:read'), idempotency: 'none' } as const;
const ASKED = { amount: 100_000, currency: 'INR' };
const USER = 'usr_01jxvqexvqexvt0xvqexvqexvq';

export const walletTransferRoutes = [
  route({
    ...WRITE,
    path: '/v1/wallet-moves',
    summary: 'Move money between your own wallets',
    body: json(moveBody),
    examples: [
      {
        summary: 'What AEPS has earned, to be spent',
        body: { ...ASKED, reference: 'move-1001', from: 'aeps', to: 'main' },
      },
    ],
    handle: async ({ caller, key, body: { from, to, ...body } }, { walletTransfers }) =>
      answerOf(await walletTransfers.move(caller.userId, key, { ...askedOf(body), from, to })),
  }),
  route({
    ...WRITE,
    path: '/v1/wallet-transfers',
    summary: 'Send money to a user of your network',
    problems: [...IN_NETWORK, SIGN_IN_ERRORS.PAYOUTS_REST, ...CONFIRMING_ERRORS],
    headers: { confirmation },
    body: json(transferBody),
    examples: [{ summary: 'To a retailer', body: { ...ASKED, reference: 'transfer-1001', to_user: USER } }],
    handle: async ({ caller, key, body, headers }, { walletTransfers, confirmations, payoutRests }) => {
      payoutRests.require(caller, 'transfer');
      const asked = { ...askedOf(body), toUser: networkUser(body.to_user) };
      if (caller.by === 'session')
        await confirmations.require(caller, transferRisk(asked), { id: headers.confirmation, key });
      return answerOf(await walletTransfers.send(caller.userId, key, asked));
    },
  }),
  route({
    ...WRITE,
    access: key('wallets:pull_back'),
    path: '/v1/wallet-pull-backs',
    summary: 'Pull money back from a user of your network',
    description: 'It takes what is there and not on hold; the user reads the reason.',
    problems: IN_NETWORK,
    body: json(pullBackBody),
    examples: [
      {
        summary: 'From a retailer',
        body: { ...ASKED, reference: 'back-1001', from_user: USER, reason: 'sent to the wrong shop' },
      },
    ],
    handle: async ({ caller, key, body }, { walletTransfers }) =>
      answerOf(
        await walletTransfers.pullBack(caller.userId, key, {
          ...askedOf(body),
          fromUser: networkUser(body.from_user),
          reason: body.reason,
        }),
      ),
  }),
  route({
    ...READ,
    path: '/v1/wallet-transfers',
    summary: 'Money that you moved, sent, got or gave back',
    limits: 'list',
    query: pageQuery,
    answers: page(walletTransferList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { walletTransfers }) =>
      pageOf(request, await walletTransfers.list(caller.userId, query)),
  }),
  route({
    ...READ,
    path: '/v1/wallet-transfers/{id}',
    summary: 'One of them',
    limits: 'read',
    params: { id: idParameter('walletTransfer', TRANSFER_ERRORS.WALLET_TRANSFER_NOT_FOUND) },
    answers: found('It', walletTransfer),
    problems: [TRANSFER_ERRORS.WALLET_TRANSFER_NOT_FOUND],
    handle: async ({ caller, params }, { walletTransfers }) =>
      ok(await walletTransfers.get(caller.userId, params.id)),
  }),
];

const askedOf = ({ amount, reference }: { amount: number; reference: string }) => ({
  amountPaise: paiseFromJson(amount),
  reference,
});

const answerOf = ({ view, replayed }: Made) => sendMade(view, view.links.self, replayed);
