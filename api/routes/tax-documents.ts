import { GST_ERRORS } from '../../domain/gst/errors';
import { MOST_DOCUMENTS, type TaxDocuments } from '../../domain/gst/read';
import { FILE } from '../answers/content';
import { taxDocumentList } from '../answers/tax-documents';
import { found } from '../registry/answers';
import { ok, sendFile } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { daysQuery } from '../schemas/lists';
import { documentQuery } from '../schemas/tax-documents';

const route = routesOf<{ taxDocuments: TaxDocuments }>();

const COMMON = {
  method: 'GET',
  tag: 'Wallets',
  access: key('wallets:read'),
  limits: 'list',
  idempotency: 'none',
} as const;

export const taxDocumentRoutes = [
  route({
    ...COMMON,
    path: '/v1/tax-documents',
    summary: 'Your tax invoices and credit notes',
    description: `Those dated within these days, the oldest first; ${MOST_DOCUMENTS} at most. The invoice of a month bears its last day.`,
    query: daysQuery,
    answers: found('The documents', taxDocumentList),
    problems: ['LIST_TOO_SLOW'],
    examples: [{ summary: 'Of November', query: { from: '2026-11-01', to: '2026-11-30' } }],
    handle: async ({ caller, query }, { taxDocuments }) => ok(await taxDocuments.list(caller.userId, query)),
  }),
  route({
    ...COMMON,
    path: '/v1/tax-documents/pdf',
    summary: 'A tax invoice or credit note as PDF',
    description: 'For people, and for whoever claims the tax.',
    query: documentQuery,
    answers: {
      200: {
        description: 'The file',
        content: { 'application/pdf': FILE },
        headers: { 'Content-Disposition': 'That it is a file, and its name' },
      },
    },
    problems: ['LIST_TOO_SLOW', GST_ERRORS.TAX_DOCUMENT_NOT_FOUND],
    examples: [{ summary: 'An invoice', query: { number: 'INV/2627/0000001' } }],
    handle: async ({ caller, query }, { taxDocuments }) => {
      const { name, content } = await taxDocuments.pdf(caller.userId, query.number);
      return sendFile(name, 'application/pdf', content);
    },
  }),
];
