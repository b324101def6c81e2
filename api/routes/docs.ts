import Joi from 'joi';
import { DomainError } from '../../domain/errors/errors';
import { FILE, HTML } from '../answers/content';
import { docsFile } from '../pages/docs';
import { textParameter } from '../registry/parameters';
import { PUBLIC, routesOf, type Reply } from '../registry/route';

export interface DocsRouteDependencies {
  /** Whether the page for people is here: not in production, where tools are kept off the public listener. */
  showsDocs: boolean;
}
const route = routesOf<DocsRouteDependencies>();
const COMMON = {
  method: 'GET',
  tag: 'Description',
  access: PUBLIC,
  limits: 'public',
  idempotency: 'none',
  problems: ['REQUEST_PATH_UNKNOWN'],
} as const;

/** The page for people, with which requests can be tried. */
export const docsRoutes = [
  route({
    ...COMMON,
    path: '/docs',
    summary: 'This description of the API, for people',
    description: 'Outside production only. Requests can be sent from it.',
    answers: { 200: { description: 'The page', content: { 'text/html': HTML } } },
    handle: (_, deps) => fileOf('', deps),
  }),
  route({
    ...COMMON,
    path: '/docs/{file}',
    summary: 'What the page for people is made of',
    params: {
      file: textParameter(
        'The name of a file',
        Joi.string()
          .max(44)
          .pattern(/^[a-z-]{1,40}\.(?:css|js)$/),
        'start.js',
      ),
    },
    answers: { 200: { description: 'The file', content: { 'text/css': FILE, 'text/javascript': FILE } } },
    handle: ({ params }, deps) => fileOf(params.file, deps),
  }),
];

async function fileOf(name: string, { showsDocs }: DocsRouteDependencies): Promise<Reply<200>> {
  const file = showsDocs ? await docsFile(name) : undefined;
  if (file === undefined) throw new DomainError('REQUEST_PATH_UNKNOWN');
  return { status: 200, ...file };
}
