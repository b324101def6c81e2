import { Router } from '@koa/router';
import type { Aeps } from '../../domain/aeps/aeps';
import type { AgentActivation } from '../../domain/aeps/port';
import type { Authenticator } from '../../domain/auth/api-keys';
import { authenticate, callerOf } from '../middleware/authenticate';
import {
  ACTIVATION_BYTES,
  activationBody,
  applicantBody,
  biometricBody,
  otpBody,
  type ActivationBody,
} from '../schemas/aeps';
import { refuseQuery } from '../schemas/query';
import { refuseEcho } from './aeps-echo';
import { bodyOf } from '../middleware/input';

/** /v1/aeps/agent: activation, the verification that is made once, and the one of each day. */
export function aepsAgentRoutes(deps: { authenticator: Authenticator; aeps: Aeps }): Router {
  const router = new Router({ prefix: '/v1/aeps/agent' });
  const auth = authenticate(deps.authenticator, 'aeps:write');
  const { agents } = deps.aeps;
  router.get('/', auth, async (ctx) => {
    refuseQuery(ctx);
    ctx.body = await agents.get(callerOf(ctx).userId);
  });
  router.post('/', auth, async (ctx) => {
    const body = await bodyOf(ctx, activationBody, ACTIVATION_BYTES);
    refuseEcho(body.aadhaar, [
      ['#/user_code', body.user_code],
      ['#/shop_type', body.shop_type],
    ]);
    ctx.body = await agents.activate(callerOf(ctx).userId, toActivation(body));
  });
  router.post('/kyc/otp', auth, async (ctx) => {
    ctx.body = await agents.sendOtp(callerOf(ctx).userId, await bodyOf(ctx, applicantBody));
  });
  router.post('/kyc/verification', auth, async (ctx) => {
    const { otp, ...applicant } = await bodyOf(ctx, otpBody);
    ctx.body = await agents.verifyOtp(callerOf(ctx).userId, applicant, otp);
  });
  router.post('/kyc/biometric', auth, async (ctx) => {
    const { bank, pid, ...applicant } = await bodyOf(ctx, biometricBody);
    ctx.body = await agents.verifyBiometrics(callerOf(ctx).userId, applicant, { bank, pid });
  });
  router.post('/kyc/daily', auth, async (ctx) => {
    const { bank, pid, ...applicant } = await bodyOf(ctx, biometricBody);
    ctx.body = await agents.verifyToday(callerOf(ctx).userId, applicant, { bank, pid });
  });
  return router;
}

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
