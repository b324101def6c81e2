import Joi from 'joi';
import type { CommissionDesk } from '../../domain/commissions/desk';
import { COMMISSION_ERRORS } from '../../domain/commissions/errors';
import type { CommissionReader } from '../../domain/commissions/read';
import type { Slab } from '../../domain/commissions/rule-check';
import { planProposal, ruleProposal, schemeProposal } from '../../domain/commissions/schemes';
import type { Cursors } from '../../domain/errors/cursor';
import { DomainError } from '../../domain/errors/errors';
import { userId } from '../../domain/ids/ids';
import { paiseFromJson } from '../../platform/money';
import {
  accrualOf,
  accruals,
  dueOf,
  dues,
  payoutOf,
  payouts,
  previewOfAll,
  previewOfAllOf,
  ruleOf,
  rules,
  scheme as schemeAnswer,
  schemeOf,
  schemes,
} from '../answers/staff-commissions';
import { found, page } from '../registry/answers';
import type { PathParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { pageQuery } from '../schemas/lists';
import {
  accrualsQuery,
  duesQuery,
  payoutsQuery,
  planBody,
  previewOfUserQuery,
  ruleBody,
  schemeBody,
  type SlabBody,
} from '../schemas/staff';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';

/** Schemes with the versions of their rules, who has which plan, and what everybody earned and was paid. */
const route = routesOf<
  {
    commissions: CommissionDesk & Pick<CommissionReader, 'previewAll'>;
    cursors: Cursors;
  } & Proposing
>();
const AT = '/admin/v1/commissions';
const COMMON = { tag: 'Commissions', limits: 'list', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('commissions.read'), method: 'GET' } as const;
const PROPOSE = {
  ...COMMON,
  access: staff('commissions.propose'),
  method: 'POST',
  answers: PROPOSED,
} as const;
const SCHEME = /^[a-z][a-z0-9_-]{1,39}$/;
const { COMMISSION_SCHEME_NOT_FOUND, COMMISSION_SCHEME_EXISTS, COMMISSION_RULE_INVALID } = COMMISSION_ERRORS;
const scheme: PathParameter<string> = {
  description: 'The name of a scheme',
  schema: Joi.string().max(40).pattern(SCHEME),
  example: 'gold',
  read(text) {
    if (SCHEME.test(text)) return text;
    throw new DomainError(COMMISSION_SCHEME_NOT_FOUND);
  },
};
const params = { scheme };
const SAID = { reason: 'the new price list', evidence: 'decided on 20 November' };
const USER = 'usr_01jxvqexvqexvt0xvqexvqexvq';

const schemeRoutes = [
  route({
    ...READ,
    path: `${AT}/schemes`,
    summary: 'The commission schemes, and for whom they are',
    query: pageQuery,
    answers: page(schemes, 'One page, by name'),
    examples: [{ summary: 'The first hundred', query: { limit: '100' } }],
    handle: async ({ request, query }, { commissions, cursors }) =>
      paged(cursors, { request, query }, (at) => commissions.schemePage(at), schemeOf),
  }),
  route({
    ...READ,
    limits: 'read',
    path: `${AT}/schemes/{scheme}`,
    summary: 'A commission scheme',
    params,
    answers: found('It', schemeAnswer),
    problems: [COMMISSION_SCHEME_NOT_FOUND],
    handle: async ({ params: { scheme: of } }, { commissions }) =>
      ok(schemeOf(await commissions.schemeNamed(of))),
  }),
  route({
    ...READ,
    path: `${AT}/schemes/{scheme}/rules`,
    summary: 'The versions of its rules, with their slabs',
    params,
    query: pageQuery,
    answers: page(rules),
    problems: [COMMISSION_SCHEME_NOT_FOUND],
    examples: [{ summary: 'The last hundred', query: { limit: '100' } }],
    handle: async ({ request, query, params: { scheme: of } }, { commissions, cursors }) => {
      const { id } = await commissions.schemeNamed(of);
      return paged(cursors, { request, query }, (at) => commissions.rulePage(id, at), ruleOf);
    },
  }),
  route({
    ...PROPOSE,
    path: `${AT}/schemes`,
    summary: 'Propose a commission scheme',
    description: 'Another person decides',
    action: 'commissions.propose_scheme',
    body: json(schemeBody),
    problems: [...PROPOSING_ERRORS, COMMISSION_SCHEME_EXISTS, COMMISSION_RULE_INVALID],
    examples: [{ summary: 'A plan', body: { name: 'gold', scope: 'plan', ...SAID } }],
    handle: async ({ caller, body: { user, ...body } }, deps) =>
      proposed(deps, schemeProposal({ ...body, user: user === undefined ? null : userId(user) }), caller),
  }),
  route({
    ...PROPOSE,
    path: `${AT}/schemes/{scheme}/rules`,
    summary: 'Propose the next version of a rule',
    description: 'Another person decides. A margin of ours below zero is refused',
    action: 'commissions.propose_rule',
    params,
    body: json(ruleBody),
    problems: [...PROPOSING_ERRORS, COMMISSION_SCHEME_NOT_FOUND, COMMISSION_RULE_INVALID],
    examples: [
      {
        summary: 'Of money transfer, in two slabs',
        body: {
          ...{ service: 'dmt', from: '2026-12-01', ...SAID },
          slabs: [
            {
              ...{ from: 100, to: 100_000, basis: 'amount' },
              shares: [
                { level: 'retailer', flat: 200 },
                { level: 'distributor', flat: 25 },
              ],
            },
            {
              ...{ from: 100_001, to: 500_000, basis: 'amount' },
              shares: [{ level: 'retailer', bps: 40, cap: 1_300 }],
            },
          ],
        },
      },
    ],
    handle: async ({ caller, params: { scheme: of }, body }, deps) => {
      const { service, category = null, operator = null, from, slabs, ...said } = body;
      return proposed(
        deps,
        ruleProposal({
          ...{ scheme: of, service, category, operator, inForceFrom: from },
          ...{ slabs: slabs.map(slabOf), ...said },
        }),
        caller,
      );
    },
  }),
  route({
    ...PROPOSE,
    path: `${AT}/plans`,
    summary: 'Propose the plan of a user',
    description: 'Another person decides',
    action: 'commissions.propose_plan',
    body: json(planBody),
    problems: [...PROPOSING_ERRORS, COMMISSION_SCHEME_NOT_FOUND, COMMISSION_RULE_INVALID],
    examples: [
      {
        summary: 'From December on',
        body: { user: USER, scheme: 'gold', from: '2026-12-01', ...SAID },
      },
    ],
    handle: async ({ caller, body: { user, from, ...body } }, deps) =>
      proposed(deps, planProposal({ user: userId(user), inForceFrom: from, ...body }), caller),
  }),
];

const slabOf = ({ from, to, basis, shares }: SlabBody): Slab => ({
  ...{ fromPaise: paiseFromJson(from), toPaise: paiseFromJson(to), basis },
  shares: shares.map(({ level, flat, bps, cap }) => ({
    ...{ level, flatPaise: paiseFromJson(flat), bps, capPaise: cap === null ? null : paiseFromJson(cap) },
  })),
});

const earnedRoutes = [
  route({
    ...READ,
    limits: 'read',
    path: `${AT}/preview`,
    summary: 'What a transaction would earn for everybody, and for us',
    description: 'By the rules of today: for the user, for everybody above, and what is left for us',
    query: previewOfUserQuery,
    answers: found('The shares', previewOfAll),
    examples: [
      {
        summary: 'A money transfer of 2,000 rupees',
        query: { user: USER, service: 'dmt', category: 'IMPS', amount: '200000' },
      },
    ],
    handle: async ({ query }, { commissions }) => {
      const { user, service, category = null, operator = null, amount } = query;
      const asked = { service, category, operator, amountPaise: paiseFromJson(amount) };
      return ok(previewOfAllOf(await commissions.previewAll(userId(user), asked)));
    },
  }),
  route({
    ...READ,
    path: `${AT}/dues`,
    summary: 'What users are paid from a day on',
    query: duesQuery,
    answers: page(dues, 'One page, user after user'),
    examples: [{ summary: 'What is open', query: { date: '2026-11-28', state: 'open' } }],
    handle: async ({ request, query }, { commissions, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => commissions.dues({ day: query.date, user: query.user, state: query.state }, at),
        dueOf,
      ),
  }),
  route({
    ...READ,
    path: `${AT}/accruals`,
    summary: 'What a user earned in some days, or what was taken back',
    query: accrualsQuery,
    answers: page(accruals, 'One page, the oldest first'),
    examples: [{ summary: 'Of November', query: { user: USER, from: '2026-11-01', to: '2026-11-30' } }],
    handle: async ({ request, query }, { commissions, cursors }) =>
      paged(cursors, { request, query }, (at) => commissions.accruals(query, at), accrualOf),
  }),
  route({
    ...READ,
    path: `${AT}/payouts`,
    summary: 'What went into commission wallets, or out',
    query: payoutsQuery,
    answers: page(payouts),
    examples: [{ summary: 'Of a day', query: { date: '2026-11-28' } }],
    handle: async ({ request, query }, { commissions, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => commissions.payouts({ user: query.user, day: query.date }, at),
        payoutOf,
      ),
  }),
];

export const adminCommissionRoutes = [...schemeRoutes, ...earnedRoutes];
