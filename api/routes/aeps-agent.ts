import type { Aeps } from '../../domain/aeps/aeps';
import { AEPS_ERRORS } from '../../domain/aeps/errors';
import type { AgentActivation } from '../../domain/aeps/port';
import { CAPTURE_ERRORS } from '../../domain/captures/errors';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { agent } from '../answers/aeps';
import { found } from '../registry/answers';
import { ok } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import {
  ACTIVATION_BYTES,
  ACTIVATION_EXAMPLE,
  activationBody,
  applicantBody,
  biometricBody,
  CUSTOMER_EXAMPLE,
  otpBody,
  TERMINAL_EXAMPLE,
  type ActivationBody,
} from '../schemas/aeps';
import { AADHAAR_EXAMPLE, PID_EXAMPLE } from '../schemas/fields';
import { refuseEcho } from './aeps-echo';

const route = routesOf<{ aeps: Pick<Aeps, 'agents'> }>();

const COMMON = {
  method: 'POST',
  tag: 'AEPS',
  access: key('aeps:write'),
  limits: 'desk',
  idempotency: 'none',
  answers: found('The agent as they are now', agent),
  problems: [
    ...Object.values(AEPS_ERRORS),
    ...Object.values(CAPTURE_ERRORS),
    ...Object.values(OTP_ERRORS),
    'PROVIDER_UNAVAILABLE',
    'RATE_LIMITED',
  ],
} as const;
const APPLICANT = {
  mobile: CUSTOMER_EXAMPLE.mobile,
  latlong: TERMINAL_EXAMPLE.latlong,
  aadhaar: AADHAAR_EXAMPLE,
};
const FINGER = [
  { summary: 'With a finger', body: { ...APPLICANT, bank: CUSTOMER_EXAMPLE.bank, pid: PID_EXAMPLE } },
];

/** Activation, the verification that is made once, and the one of each day. */
export const aepsAgentRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/aeps/agent',
    summary: 'How far you are as an agent',
    limits: 'read',
    problems: [AEPS_ERRORS.AEPS_AGENT_NOT_FOUND],
    handle: async ({ caller }, { aeps }) => ok(await aeps.agents.get(caller.userId)),
  }),
  route({
    ...COMMON,
    path: '/v1/aeps/agent',
    summary: 'Become an agent',
    body: json(activationBody, ACTIVATION_BYTES),
    examples: [{ summary: 'A shop', body: ACTIVATION_EXAMPLE }],
    handle: async ({ caller, body }, { aeps }) => {
      refuseEcho(body.aadhaar, [
        ['#/user_code', body.user_code],
        ['#/shop_type', body.shop_type],
      ]);
      return ok(await aeps.agents.activate(caller.userId, toActivation(body)));
    },
  }),
  route({
    ...COMMON,
    path: '/v1/aeps/agent/kyc/otp',
    summary: 'Send the agent a one-time password',
    body: json(applicantBody),
    examples: [{ summary: 'The agent', body: APPLICANT }],
    handle: async ({ caller, body }, { aeps }) => ok(await aeps.agents.sendOtp(caller.userId, body)),
  }),
  route({
    ...COMMON,
    path: '/v1/aeps/agent/kyc/verification',
    summary: 'Verify the agent with the one-time password',
    body: json(otpBody),
    examples: [{ summary: 'With the password', body: { ...APPLICANT, otp: '123456' } }],
    handle: async ({ caller, body: { otp, ...applicant } }, { aeps }) =>
      ok(await aeps.agents.verifyOtp(caller.userId, applicant, otp)),
  }),
  route({
    ...COMMON,
    path: '/v1/aeps/agent/kyc/biometric',
    summary: 'Verify the agent with a finger, once',
    body: json(biometricBody),
    examples: FINGER,
    handle: async ({ caller, body: { bank, pid, ...applicant } }, { aeps }) =>
      ok(await aeps.agents.verifyBiometrics(caller.userId, applicant, { bank, pid })),
  }),
  route({
    ...COMMON,
    path: '/v1/aeps/agent/kyc/daily',
    summary: 'Verify the agent with a finger, each day',
    body: json(biometricBody),
    examples: FINGER,
    handle: async ({ caller, body: { bank, pid, ...applicant } }, { aeps }) =>
      ok(await aeps.agents.verifyToday(caller.userId, applicant, { bank, pid })),
  }),
];

function toActivation(body: ActivationBody): AgentActivation {
  const file = (base64: string): Buffer => Buffer.from(base64, 'base64');
  return {
    userCode: body.user_code,
    deviceModel: body.device.model,
    deviceNumber: body.device.number,
    accountNumber: body.account_number,
    ifsc: body.ifsc.toUpperCase(),
    shopType: body.shop_type,
    pan: body.pan,
    aadhaar: body.aadhaar,
    officeAddress: body.office_address,
    proofAddress: body.proof_address,
    latlong: body.latlong,
    aadhaarFront: file(body.documents.aadhaar_front),
    aadhaarBack: file(body.documents.aadhaar_back),
    panCard: file(body.documents.pan_card),
  };
}
