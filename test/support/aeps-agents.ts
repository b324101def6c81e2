/** Bodies of the calls of an AEPS agent, and what is stored of them. */
import { rows } from '../../platform/database';
import { AADHAAR, freshPid, orderBody, SHOP, type AepsWorld } from './aeps-world';

export const DOCUMENT = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]).toString(
  'base64',
);
export const activation = (): Record<string, unknown> => ({
  user_code: '20810200',
  device: { model: 'MFS110', number: '1234-ABC' },
  account_number: '000111220000',
  ifsc: 'HDFC0000053',
  shop_type: '4215',
  pan: 'ABCPE1234F',
  aadhaar: AADHAAR,
  office_address: 'Shop 12, Main Road, Nagpur 440001',
  proof_address: 'Plot 3, Civil Lines, Nagpur 440001',
  latlong: SHOP,
  documents: { aadhaar_front: DOCUMENT, aadhaar_back: DOCUMENT, pan_card: DOCUMENT },
});
export const me = (): Record<string, unknown> => ({ mobile: '9000000001', latlong: SHOP, aadhaar: AADHAAR });
export const withFinger = (): Record<string, unknown> => ({ ...me(), bank: '607152', pid: freshPid() });
export const enquiry = (): Record<string, unknown> => {
  const { amount: _a, currency: _c, reference: _r, ...rest } = orderBody();
  return rest;
};

/** The calls that make an agent who is verified today, in their order. */
export const becomingAgent = (): readonly (readonly [path: string, body: Record<string, unknown>])[] => [
  ['agent', activation()],
  ['agent/kyc/otp', me()],
  ['agent/kyc/verification', { ...me(), otp: '482913' }],
  ['agent/kyc/biometric', withFinger()],
  ['agent/kyc/daily', withFinger()],
];

/** Every row of every table, as text; bytes are in hex. */
export async function dumpOf({ knex }: AepsWorld): Promise<string> {
  const tables = await rows<{ name: string }>(
    knex,
    `select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) =>
      (await rows<{ row: string }>(knex, `select t::text as row from "${name}" t`)).map(
        (r) => `${name} ${r.row}`,
      ),
    ),
  );
  return texts.flat().join('\n');
}
