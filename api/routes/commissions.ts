import { STATEMENT_DAYS, type CommissionReader } from '../../domain/commissions/read';
import { STATEMENT_ERRORS } from '../../domain/statements/errors';
import { paiseFromJson } from '../../platform/money';
import { commissionPreview, commissionStatement } from '../answers/commissions';
import { found } from '../registry/answers';
import { ok } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { previewQuery } from '../schemas/commissions';
import { daysQuery } from '../schemas/lists';

const route = routesOf<{ commissions: { reader: CommissionReader } }>();

const COMMON = { method: 'GET', tag: 'Wallets', access: key('wallets:read'), idempotency: 'none' } as const;

export const commissionRoutes = [
  route({
    ...COMMON,
    path: '/v1/commissions/preview',
    summary: 'What a transaction would earn you',
    description:
      'By the rules of today. `category` is that of a biller, a mode or a kind of withdrawal; `operator` a biller or an operator.',
    limits: 'read',
    query: previewQuery,
    answers: found('The commission', commissionPreview),
    problems: ['POLICY_NOT_FOUND'],
    examples: [
      {
        summary: 'A money transfer of 2,000 rupees',
        query: { service: 'dmt', category: 'IMPS', amount: '200000' },
      },
    ],
    handle: async (
      { caller, query: { service, category = null, operator = null, amount } },
      { commissions },
    ) =>
      ok(
        await commissions.reader.preview(caller.userId, {
          ...{ service, category, operator, amountPaise: paiseFromJson(amount) },
        }),
      ),
  }),
  route({
    ...COMMON,
    path: '/v1/commissions/statement',
    summary: 'What you have earned and what was paid of it',
    description: `Of ${STATEMENT_DAYS} days at most. Each payout names its journal in the statement of the commission wallet.`,
    limits: 'list',
    query: daysQuery,
    answers: found('The statement', commissionStatement),
    problems: ['LIST_TOO_SLOW', STATEMENT_ERRORS.STATEMENT_SPAN_INVALID],
    examples: [{ summary: 'Of November', query: { from: '2026-11-01', to: '2026-11-30' } }],
    handle: async ({ caller, query }, { commissions }) =>
      ok(await commissions.reader.statement(caller.userId, query)),
  }),
];
