import type { ServedDocument } from '../openapi/document';
import { reply } from '../registry/replies';
import { routesOf, staff } from '../registry/route';

const route = routesOf<{ adminDescription: () => ServedDocument }>();

export const adminDescriptionRoutes = [
  route({
    method: 'GET',
    path: '/admin/v1/openapi.json',
    summary: 'This description of the API for staff, for programs',
    tag: 'Description',
    access: staff('anyone'),
    limits: 'read',
    idempotency: 'none',
    answers: {
      200: {
        description: 'The whole of it',
        content: { 'application/json': { type: 'object', description: 'An OpenAPI 3.1 document.' } },
      },
    },
    handle: (_input, { adminDescription }) => reply(200, adminDescription().text),
  }),
];
