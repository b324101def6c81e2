import fs from 'node:fs';
import path from 'node:path';

export type Json = Record<string, unknown>;

export const CASHFREE_CONTRACT = path.join(__dirname, '../fixtures/cashfree/cashfree-payouts-openapi.json');

interface Contract {
  components: { examples: Record<string, { value: Json }> };
}

/** A sample of Cashfree's OpenAPI file, by its name there. */
export function cashfreeExample(name: string): Json {
  const { components } = JSON.parse(fs.readFileSync(CASHFREE_CONTRACT, 'utf8')) as Contract;
  const found = components.examples[name];
  if (found === undefined) throw new Error(`no example ${name}`);
  return structuredClone(found.value);
}

/** A transfer as Cashfree shows it. */
export const transferWith = (fields: Json = {}): Json => ({
  ...cashfreeExample('transfer_completed_response_v2'),
  ...fields,
});

/** The parts that a webhook is signed over, and its signature: a fixed vector. */
export const GOLDEN = {
  secret: 'cf_test_secret',
  timestamp: '1746427759733',
  raw:
    '{"type":"TRANSFER_SUCCESS","event_time":"2026-01-09T11:56:26","data":{"transfer_id":"T1","cf_transfer_id":"123",' +
    '"status":"SUCCESS","status_code":"COMPLETED","transfer_amount":170.00,"transfer_utr":"600912345678"}}',
  signature: '4FTQRIkz+Hn+XmPKzkgcdAg7wr/gvVBpPcHIFy/oNAE=',
};
