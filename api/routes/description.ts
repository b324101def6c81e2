import type { ServedDocument } from '../openapi/document';
import { reply } from '../registry/replies';
import { PUBLIC, routesOf } from '../registry/route';
import { ifNoneMatch, isKnownTag } from '../schemas/headers';

export interface DescriptionRouteDependencies {
  /** Made when it is first asked for. */
  description: () => ServedDocument;
}
const route = routesOf<DescriptionRouteDependencies>();
const ETAG = { ETag: 'Changes whenever the document does' };

/** The document is large, and another one only after a release: who has it asks whether it is still the same. */
export const descriptionRoutes = [
  route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description of the API, for programs',
    description: 'OpenAPI 3.1. People read it at `/docs`, where that page is served.',
    tag: 'Description',
    access: PUBLIC,
    limits: 'public',
    idempotency: 'none',
    headers: { known: ifNoneMatch },
    answers: {
      200: {
        description: 'The whole of it',
        content: { 'application/json': { type: 'object', description: 'An OpenAPI 3.1 document.' } },
        headers: ETAG,
      },
      304: { description: 'It is as `If-None-Match` says', headers: ETAG },
    },
    handle: ({ headers: { known } }, { description }) => {
      const { text, etag } = description();
      const headers = { ETag: etag, 'Cache-Control': 'no-cache' };
      return isKnownTag(known, etag) ? reply(304, undefined, headers) : reply(200, text, headers);
    },
  }),
];
