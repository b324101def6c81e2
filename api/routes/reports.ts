import type { UserId } from '../../domain/ids/ids';
import type { ReportDesk } from '../../domain/reports/desk';
import { LISTED_REPORTS, reportFacts } from '../answers/report-facts';
import { kindOf, reportAnswerOf } from '../answers/reports';
import { listOf, ok, reply, sendBytes } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { ownReportBody } from '../schemas/reports';

/** Reports of the caller: what is about somebody else does not exist here. */
const route = routesOf<{ ownReports: ReportDesk<{ userId: UserId }> }>();
const COMMON = { tag: 'Reports', access: key('wallets:read'), idempotency: 'none' } as const;
const BASE = '/v1/reports';
const FACTS = reportFacts(BASE);

export const reportRoutes = [
  route({
    ...COMMON,
    ...FACTS.kinds,
    summary: 'The reports that you may have, and what each is asked with',
    handle: async ({ caller, request }, { ownReports }) =>
      listOf(request, (await ownReports.offered(caller)).map(kindOf)),
  }),
  route({
    ...COMMON,
    ...FACTS.ask,
    summary: 'Ask for a report about yourself',
    description: 'It is made by itself; `links.self` says how far it is',
    body: json(ownReportBody),
    examples: [
      {
        summary: 'The commission of November',
        body: { report: 'commission_statement', form: 'pdf', from: '2026-11-01', to: '2026-11-30' },
      },
    ],
    handle: async ({ caller, body: { report: name, form, ...parameters } }, { ownReports }) => {
      const view = reportAnswerOf(BASE, await ownReports.ask(caller, { report: name, form, parameters }));
      return reply(202, view, { Location: view.links.self });
    },
  }),
  route({
    ...COMMON,
    ...FACTS.list,
    handle: async ({ caller, request }, { ownReports }) =>
      listOf(
        request,
        (await ownReports.list(caller, LISTED_REPORTS)).map((view) => reportAnswerOf(BASE, view)),
      ),
  }),
  route({
    ...COMMON,
    ...FACTS.one,
    handle: async ({ caller, params: { id } }, { ownReports }) =>
      ok(reportAnswerOf(BASE, await ownReports.get(caller, id))),
  }),
  route({
    ...COMMON,
    ...FACTS.file,
    handle: async ({ caller, params: { id }, query: { link } }, { ownReports }) =>
      sendBytes(await ownReports.file(caller, id, link)),
  }),
];
