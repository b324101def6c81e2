import Joi from 'joi';
import { NIGHT_ERRORS } from '../../domain/night/errors';
import type { NightBooks } from '../../domain/night-books/night-books';
import type { Cursors } from '../../domain/errors/cursor';
import { DomainError } from '../../domain/errors/errors';
import {
  dayBalanceOf,
  dayBalances,
  holidayOf,
  holidays,
  nightAsked,
  nightAskedOf,
  nightOf,
  nights,
  nightStepOf,
  nightSteps,
  safeguarding,
  safeguardingDayOf,
  safeguardingDays,
  safeguardingOf,
  sealHeadOf,
  sealHeads,
} from '../answers/nights';
import { found, page } from '../registry/answers';
import type { PathParameter } from '../registry/parameters';
import { listOf, ok, reply } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { day as dayRule } from '../schemas/fields';
import { pageQuery } from '../schemas/lists';
import { emptyBody } from '../schemas/refunds';
import { paged } from './pages';

const route = routesOf<{ nightBooks: NightBooks; cursors: Cursors }>();
const COMMON = { tag: 'Nights', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('nights.read'), method: 'GET', limits: 'read' } as const;
const { NIGHT_NOT_FOUND, NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER } = NIGHT_ERRORS;

const day: PathParameter<string> = {
  description: 'A business day in India',
  schema: Joi.string()
    .max(10)
    .pattern(/^2\d{3}-\d{2}-\d{2}$/),
  example: '2026-11-28',
  read(text) {
    const { error } = dayRule.validate(text);
    if (error !== undefined || text === '')
      throw new DomainError(NIGHT_NOT_FOUND, { detail: 'a day is written as 2026-11-28' });
    return text;
  },
};
const year: PathParameter<number> = {
  description: 'A year',
  schema: Joi.string()
    .max(4)
    .pattern(/^2\d{3}$/),
  example: '2026',
  read(text) {
    if (!/^2\d{3}$/.test(text))
      throw new DomainError(NIGHT_NOT_FOUND, { detail: 'a year is written as 2026' });
    return Number(text);
  },
};
const params = { day };

export const adminNightRoutes = [
  route({
    ...READ,
    path: '/admin/v1/nights',
    summary: 'The nights, and how far each is',
    query: pageQuery,
    answers: page(nights),
    examples: [{ summary: 'The last month', query: { limit: '31' } }],
    handle: async ({ request, query }, { nightBooks, cursors }) =>
      paged(cursors, { request, query }, (at) => nightBooks.list(at), nightOf),
  }),
  route({
    ...READ,
    path: '/admin/v1/nights/{day}',
    summary: 'The steps of the night of a day, and how far each is',
    params,
    answers: found('They', nightSteps),
    problems: [NIGHT_NOT_FOUND],
    handle: async ({ request, params: { day: of } }, { nightBooks }) =>
      listOf(request, (await nightBooks.show(of)).map(nightStepOf)),
  }),
  route({
    ...COMMON,
    access: staff('nights.write'),
    method: 'POST',
    limits: 'list',
    path: '/admin/v1/nights/{day}/run',
    action: 'nights.run',
    summary: 'Have the night of a day done now',
    description:
      'One that was not asked for is asked for; steps that wait or failed are tried at once, and what is done stays done',
    params,
    body: json(emptyBody),
    answers: {
      202: {
        description: 'The nightly processes come to it',
        schema: nightAsked,
        headers: { Location: 'How far it is' },
      },
    },
    problems: [NIGHT_NOT_FOUND, NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER],
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params: { day: of } }, { nightBooks }) => {
      await nightBooks.run(of, caller.userId);
      const view = nightAskedOf(of);
      return reply(202, view, { Location: view.links.self });
    },
  }),
  route({
    ...READ,
    access: staff('books.read'),
    limits: 'list',
    path: '/admin/v1/nights/{day}/balances',
    summary: 'What accounts held at the end of a day',
    description: 'Of a day that is not closed yet it is the last closed one before it.',
    params,
    query: pageQuery,
    answers: page(dayBalances, 'One page, in the order in which accounts were opened'),
    problems: [NIGHT_NOT_FOUND],
    examples: [{ summary: 'The first page', query: { limit: '100' } }],
    handle: async ({ request, params: { day: of }, query }, { nightBooks, cursors }) =>
      paged(cursors, { request, query }, (at) => nightBooks.balances(of, at), dayBalanceOf),
  }),
  route({
    ...READ,
    access: staff('books.read'),
    path: '/admin/v1/nights/{day}/safeguarding',
    summary: 'What users were owed then, and what stood for it',
    params,
    answers: found('By account', safeguarding),
    problems: [NIGHT_NOT_FOUND],
    handle: async ({ params: { day: of } }, { nightBooks }) =>
      ok(safeguardingOf(await nightBooks.safeguarding(of))),
  }),
  route({
    ...READ,
    access: staff('books.read'),
    path: '/admin/v1/safeguarding',
    summary: 'By day, what users were owed and what stood for it',
    query: pageQuery,
    answers: page(safeguardingDays),
    examples: [{ summary: 'The last month', query: { limit: '31' } }],
    handle: async ({ request, query }, { nightBooks, cursors }) =>
      paged(cursors, { request, query }, (at) => nightBooks.safeguardingDays(at), safeguardingDayOf),
  }),
  route({
    ...READ,
    path: '/admin/v1/seal-heads',
    summary: 'The signed heads of the seal of the ledger',
    description: 'Kept elsewhere, they show what was altered here even if the heads were taken away as well.',
    query: pageQuery,
    answers: page(sealHeads),
    examples: [{ summary: 'The last hundred', query: { limit: '100' } }],
    handle: async ({ request, query }, { nightBooks, cursors }) =>
      paged(cursors, { request, query }, (at) => nightBooks.sealHeads(at), sealHeadOf),
  }),
  route({
    ...READ,
    limits: 'list',
    path: '/admin/v1/bank-holidays/{year}',
    summary: 'The bank holidays of a year, by office of the RBI',
    description: 'Second and fourth Saturdays and Sundays are a rule, and not in it.',
    params: { year },
    answers: found('All rows of the year', holidays),
    problems: [NIGHT_NOT_FOUND],
    handle: async ({ request, params: { year: of } }, { nightBooks }) =>
      listOf(request, (await nightBooks.holidays(of)).map(holidayOf)),
  }),
];
