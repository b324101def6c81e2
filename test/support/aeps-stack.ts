/** An agent of AEPS on a stack of real processes. */
import { callSandbox } from '../../scripts/stack/sandbox-control';
import type { Stack } from '../../scripts/stack/stack';
import { freshAadhaar, freshPid } from './aeps-world';

export const PLACE = '28.613900,77.209000';
/** A capture that the sandbox takes, a new one each time. */
export function freshFinger(): string {
  return freshPid().replace(
    '<Resp errCode="0"/>',
    '<Resp errCode="0" fType="2" nmPoints="52"/><DeviceInfo dpId="X" mc="certificate-of-a-test"/>',
  );
}

/** The owner of the stack's key becomes an agent who is verified for today. */
export async function becomeStackAgent(stack: Stack): Promise<void> {
  await callSandbox(stack.urls.sandbox, '/eko/settings', { method: 'POST', body: { otp: '482913' } });
  const me = { mobile: '9000000001', latlong: PLACE, aadhaar: freshAadhaar() };
  const document = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]).toString(
    'base64',
  );
  const steps: [string, Record<string, unknown>][] = [
    [
      '',
      {
        user_code: '20810200',
        device: { model: 'MFS110', number: '1234-ABC' },
        account_number: '000111220000',
        ifsc: 'HDFC0000053',
        shop_type: '4215',
        pan: 'ABCPE1234F',
        aadhaar: me.aadhaar,
        office_address: 'Shop 12, Main Road',
        proof_address: 'Shop 12, Main Road',
        latlong: PLACE,
        documents: { aadhaar_front: document, aadhaar_back: document, pan_card: document },
      },
    ],
    ['/kyc/otp', me],
    ['/kyc/verification', { ...me, otp: '482913' }],
    ['/kyc/biometric', { ...me, bank: 'SBIN', pid: freshFinger() }],
    ['/kyc/daily', { ...me, bank: 'SBIN', pid: freshFinger() }],
  ];
  for (const [step, body] of steps) {
    const reply = await fetch(`${stack.urls.api}/v1/aeps/agent${step}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (reply.status !== 200)
      throw new Error(
        `${step === '' ? 'the activation' : step} answers ${reply.status}: ${await reply.text()}`,
      );
  }
}
