import Joi from 'joi';
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { DomainError, HTTP_STATUS } from '../../domain/errors/errors';
import { problemMeaning } from '../answers/common';
import { HTML } from '../answers/content';
import { PROBLEM_PAGE_POLICY, problemPage, whatToDo } from '../pages/problem';
import { textParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { PUBLIC, routesOf, type Reply, type Route } from '../registry/route';

export interface ProblemRouteDependencies {
  /** The routes that may answer with the code. */
  routesWith: (code: ErrorCode) => readonly Route[];
}
const route = routesOf<ProblemRouteDependencies>();

export const problemRoutes = [
  route({
    method: 'GET',
    path: '/problems/{type}',
    summary: 'What the type of a problem means',
    description: 'A page for a browser, JSON for everybody else.',
    tag: 'Problems',
    access: PUBLIC,
    limits: 'public',
    idempotency: 'none',
    params: {
      type: textParameter(
        'The code of a problem, in small letters and with - for _',
        Joi.string()
          .max(80)
          .pattern(/^[a-z0-9-]{1,80}$/),
        'request-field-invalid',
      ),
    },
    answers: {
      200: {
        description: 'What the code means, what to do, and whether the same request may be sent again',
        schema: problemMeaning,
        content: { 'text/html': HTML },
      },
    },
    problems: ['REQUEST_PATH_UNKNOWN'],
    handle: ({ params, request }, { routesWith }): Reply<200> => {
      const code = params.type.toUpperCase().replaceAll('-', '_');
      if (!isCode(code)) throw new DomainError('REQUEST_PATH_UNKNOWN');
      const { kind, title, retryable } = ERRORS[code];
      const vary = { Vary: 'Accept' };
      if (isBrowser(request.headers.accept))
        return {
          status: 200,
          type: 'text/html; charset=utf-8',
          body: problemPage(code, routesWith(code)),
          headers: { ...vary, 'Content-Security-Policy': PROBLEM_PAGE_POLICY },
        };
      const meaning = { title, status: HTTP_STATUS[kind], retryable, what_to_do: whatToDo(code) };
      return ok({ object: 'problem', code, ...meaning }, vary);
    },
  }),
];

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** Programs name no type of page, or ask for JSON by its name. */
function isBrowser(accept = ''): boolean {
  return accept.includes('text/html') && !accept.includes('json');
}
