import type { Access } from '../../domain/access/access';
import { AUTH_ERRORS } from '../../domain/auth/errors';
import type { Caller } from '../../domain/auth/api-keys';
import { DomainError } from '../../domain/errors/errors';
import { userId, type UserId } from '../../domain/ids/ids';
import { KYC_ERRORS } from '../../domain/kyc/errors';
import { kyc, kycDocument } from '../answers/kyc';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { documentBody, DOCUMENT_BODY_BYTES, DOCUMENT_EXAMPLE, kycBody, KYC_EXAMPLE } from '../schemas/kyc';
import { detailsOf, documentAnswer, kycAnswer, type KycRouteDependencies } from './kyc';

/**
 * KYC of users below: whoever is above may see how far it is, and may fill it in. To consent, to name the bank account
 * and to hand it in stays with the person.
 */
const route = routesOf<KycRouteDependencies & { access: Pick<Access, 'require'> }>();

const COMMON = {
  tag: 'KYC',
  idempotency: 'none',
  params: { id: idParameter('user', AUTH_ERRORS.USER_NOT_FOUND) },
} as const;
const answers = found('How it stands now', kyc);

export const kycOfOthersRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/users/{id}/kyc',
    summary: 'How well a user of your network is known',
    access: key('kyc:read', 'kyc:write'),
    limits: 'read',
    answers,
    problems: [AUTH_ERRORS.USER_NOT_FOUND],
    handle: async ({ caller, params }, deps) =>
      ok(kycAnswer(await deps.kyc.read(await below(deps, caller, 'kyc.read', params.id)), deps)),
  }),
  route({
    ...COMMON,
    method: 'PUT',
    path: '/v1/users/{id}/kyc',
    summary: 'Fill in the details of a user of your network',
    description: 'As `PUT /v1/kyc`. Who filled it in is kept',
    access: key('kyc:write'),
    limits: 'desk',
    body: json(kycBody),
    examples: [{ summary: 'A shopkeeper', body: KYC_EXAMPLE }],
    answers,
    problems: [AUTH_ERRORS.USER_NOT_FOUND, KYC_ERRORS.KYC_RECORD_SUBMITTED, KYC_ERRORS.KYC_PAN_MISMATCH],
    handle: async ({ caller, params, body }, deps) => {
      const user = await below(deps, caller, 'kyc.write', params.id);
      return ok(kycAnswer(await deps.kyc.save(user, detailsOf(body), caller.userId), deps));
    },
  }),
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/users/{id}/kyc/documents',
    summary: 'Send a document of a user of your network',
    description: 'As `POST /v1/kyc/documents`. Who sent it is kept',
    access: key('kyc:write'),
    limits: 'desk',
    body: json(documentBody, DOCUMENT_BODY_BYTES),
    examples: [{ summary: 'A scan', body: { kind: 'pan_card', content: DOCUMENT_EXAMPLE } }],
    answers: found('It is stored', kycDocument),
    problems: [
      AUTH_ERRORS.USER_NOT_FOUND,
      KYC_ERRORS.KYC_DOCUMENT_REFUSED,
      KYC_ERRORS.KYC_DOCUMENTS_FULL,
      KYC_ERRORS.KYC_RECORD_NOT_FOUND,
      KYC_ERRORS.KYC_RECORD_SUBMITTED,
      'POLICY_NOT_FOUND',
    ],
    handle: async ({ caller, params, body: { kind, content } }, deps) => {
      const user = await below(deps, caller, 'kyc.write', params.id);
      const document = { kind, bytes: Buffer.from(content, 'base64') };
      return ok(documentAnswer(await deps.kycDocuments.add(user, document, caller.userId)));
    },
  }),
];

/** Throws DomainError USER_NOT_FOUND for whoever is not below, like for whoever does not exist. */
async function below(
  { access }: { access: Pick<Access, 'require'> },
  caller: Caller,
  action: 'kyc.read' | 'kyc.write',
  id: string,
): Promise<UserId> {
  const owner = userId(id);
  await access.require(caller, action, { owner }, () => new DomainError(AUTH_ERRORS.USER_NOT_FOUND));
  return owner;
}
