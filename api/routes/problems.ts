import Joi from 'joi';
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { DomainError, HTTP_STATUS } from '../../domain/errors/errors';
import { found } from '../registry/answers';
import { textParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { PUBLIC, routesOf } from '../registry/route';

const route = routesOf<object>();

export const problemRoutes = [
  route({
    method: 'GET',
    path: '/problems/{type}',
    summary: 'What the type of a problem means',
    tag: 'Problems',
    access: PUBLIC,
    limits: 'public',
    idempotency: 'none',
    params: {
      type: textParameter(
        'The code of a problem, in small letters and with - for _',
        Joi.string().pattern(/^[a-z0-9-]{1,80}$/),
        'request-field-invalid',
      ),
    },
    answers: found('The code, what it says, and whether the same request may be sent again'),
    problems: ['REQUEST_PATH_UNKNOWN'],
    handle: ({ params }) => {
      const code = params.type.toUpperCase().replaceAll('-', '_');
      if (!isCode(code)) throw new DomainError('REQUEST_PATH_UNKNOWN');
      const { kind, title, retryable } = ERRORS[code];
      return ok({ object: 'problem', code, title, status: HTTP_STATUS[kind], retryable });
    },
  }),
];

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
