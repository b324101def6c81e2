import type { Actor } from '../../domain/access/access';
import type { ReportDesk } from '../../domain/reports/desk';
import { LISTED_REPORTS, reportFacts } from '../answers/report-facts';
import { kindOf, reportAnswerOf } from '../answers/reports';
import { listOf, ok, reply, sendBytes } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { reportBody } from '../schemas/reports';

const route = routesOf<{ reports: ReportDesk<Actor> }>();
const COMMON = { tag: 'Reports', access: staff('reports.read'), idempotency: 'none' } as const;
const BASE = '/admin/v1/reports';
const FACTS = reportFacts(BASE);

export const adminReportRoutes = [
  route({
    ...COMMON,
    ...FACTS.kinds,
    summary: 'The reports that your role may have, and what each is asked with',
    handle: async ({ caller, request }, { reports }) =>
      listOf(request, (await reports.offered(caller)).map(kindOf)),
  }),
  route({
    ...COMMON,
    ...FACTS.ask,
    summary: 'Ask for a report',
    action: 'reports.ask',
    description:
      'It is made by itself; `links.self` says how far it is. Each asks for a permission of its own besides',
    body: json(reportBody),
    examples: [
      { summary: 'Of a day', body: { report: 'trial_balance', form: 'pdf', on: '2026-11-28' } },
      { summary: 'Of days', body: { report: 'day_book', form: 'csv', from: '2026-11-01', to: '2026-11-28' } },
    ],
    handle: async ({ caller, body: { report: name, form, ...parameters } }, { reports }) => {
      const view = reportAnswerOf(BASE, await reports.ask(caller, { report: name, form, parameters }));
      return reply(202, view, { Location: view.links.self });
    },
  }),
  route({
    ...COMMON,
    ...FACTS.list,
    handle: async ({ caller, request }, { reports }) =>
      listOf(
        request,
        (await reports.list(caller, LISTED_REPORTS)).map((view) => reportAnswerOf(BASE, view)),
      ),
  }),
  route({
    ...COMMON,
    ...FACTS.one,
    handle: async ({ caller, params: { id } }, { reports }) =>
      ok(reportAnswerOf(BASE, await reports.get(caller, id))),
  }),
  route({
    ...COMMON,
    ...FACTS.file,
    handle: async ({ caller, params: { id }, query: { link } }, { reports }) =>
      sendBytes(await reports.file(caller, id, link)),
  }),
];
