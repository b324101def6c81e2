import Joi from 'joi';
import { CONSENT_ERRORS } from '../../domain/consents/errors';
import type { Consent, Consents } from '../../domain/consents/consents';
import { DomainError } from '../../domain/errors/errors';
import { consent, consentList, consentWordsList, type ConsentAnswer } from '../answers/kyc';
import { found } from '../registry/answers';
import { textParameter } from '../registry/parameters';
import { listOf, ok } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { consentBody } from '../schemas/kyc';

const route = routesOf<{ consents: Consents }>();

const COMMON = { tag: 'Consents', idempotency: 'none', limits: 'read' } as const;
const PURPOSE = /^[a-z][a-z_]{1,39}$/;
const purpose = {
  ...textParameter('What it was given for', Joi.string().max(40).pattern(PURPOSE), 'kyc'),
  read: (text: string) => {
    if (!PURPOSE.test(text)) throw new DomainError(CONSENT_ERRORS.CONSENT_NOT_FOUND);
    return text;
  },
};
const READ = { ...COMMON, method: 'GET', access: key('kyc:read', 'kyc:write') } as const;
const WRITE = { ...COMMON, access: key('kyc:write') } as const;

export const consentRoutes = [
  route({
    ...READ,
    path: '/v1/consent-words',
    summary: 'The words that you are asked to consent to',
    answers: found('Those in force, in every language', consentWordsList),
    handle: async ({ request }, { consents }) =>
      listOf(
        request,
        (await consents.words()).map((words) => ({ object: 'consent_words', ...words })),
      ),
  }),
  route({
    ...READ,
    path: '/v1/consents',
    summary: 'What you have consented to',
    description: 'Those that were withdrawn too',
    answers: found('The newest first, a hundred at most', consentList),
    handle: async ({ caller, request }, { consents }) =>
      listOf(request, (await consents.list(caller.userId)).map(answerOf)),
  }),
  route({
    ...WRITE,
    method: 'POST',
    path: '/v1/consents',
    summary: 'Consent to something',
    description: 'Send the version of the words that the person was shown. Doing it again changes nothing',
    body: json(consentBody),
    examples: [{ summary: 'To be known', body: { purpose: 'kyc', version: 1, language: 'en' } }],
    answers: found('It is in force', consent),
    problems: [CONSENT_ERRORS.CONSENT_WORDS_UNKNOWN],
    handle: async ({ caller, body }, { consents }) => ok(answerOf(await consents.give(caller.userId, body))),
  }),
  route({
    ...WRITE,
    method: 'DELETE',
    path: '/v1/consents/{purpose}',
    summary: 'Withdraw a consent',
    description: 'What was done under it stays done, and what the law asks us to keep is kept',
    params: { purpose },
    answers: found('It is withdrawn', consent),
    problems: [CONSENT_ERRORS.CONSENT_NOT_FOUND],
    handle: async ({ caller, params }, { consents }) =>
      ok(answerOf(await consents.withdraw(caller.userId, params.purpose))),
  }),
];

const answerOf = ({ purpose: of, version, language, ...consented }: Consent): ConsentAnswer => ({
  object: 'consent',
  purpose: of,
  version,
  language,
  given_at: consented.givenAt.toISOString(),
  withdrawn_at: consented.withdrawnAt?.toISOString() ?? null,
  manager: consented.manager,
});
