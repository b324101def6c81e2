import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * The bytes of a callback, packed: its row is written twice, and nine tenths of what a provider sends are the names
 * of its fields. A packed text begins with a character that no byte has as latin1, so it is never taken for bytes as
 * they came.
 */
const MARK = '\u{101}';

/**
 * What callbacks of all providers have in common; what is most frequent stands last. What is packed opens with these
 * very bytes and no others: they are never changed. Better ones would be others, under a mark of their own.
 */
export const COMMON = Buffer.from(
  [
    '{"event":"BILL_DISPUTE","event":"BILL_FETCH","event":"BILL_PAYMENT","data":{"refId":"","status":"Failure",',
    '"failureReason":{"code":"","message":"","reason":""},"billerRefId":"","transactionId":"","traceId":"","success":true}}',
    '{"transactionRefId":"","trace_id":"","operatorRefId":"","status":"Successful","amount":,"mobile_number":"",',
    '"provider":"","timestamp":"T00:00:00+05:30"}',
    '{"tx_status":"0","amount":"","payment_mode":"5","txstatus_desc":"Success","fee":"","gst":"","sender_name":"",',
    '"tid":"","beneficiary_account_type":null,"client_ref_id":"","old_tx_status":"2","old_tx_status_desc":"Initiated",',
    '"bank_ref_num":"","ifsc":"","recipient_name":"","account":"","timestamp":"2026-01-01 00:00:00"}',
    '"event":"payout.failed","event":"payout.updated","event":"payout.queued","event":"payout.initiated",',
    '"event":"payout.reversed","status":"failed","status":"queued","status":"processing","status":"reversed",',
    '"mode":"NEFT","mode":"RTGS","mode":"UPI","purpose":"refund","merchant_id":"","error":{"description":"","source":"",',
    '"reason":null},"registered_name":null,"status_details":{"description":"Payout is being processed by the partner ',
    'bank. Please check the final status after some time.","source":"gateway","reason":"payout_bank_processing"}',
    '"description":"Beneficiary bank systems are offline. Please retry after 30 min.","reason":"beneficiary_bank_offline"',
    '"description":"Payout failed due to invalid beneficiary account details.","reason":"bank_account_invalid"',
    '"description":"Payout rejected by the beneficiary bank. Please contact the beneficiary bank.",',
    '"reason":"beneficiary_bank_rejected","description":"Payout failed due to insufficient funds in your account.",',
    '{"entity":"event","account_id":"acc_00000000000000","event":"payout.processed","contains":["payout"],"payload":',
    '{"payout":{"entity":{"id":"pout_00000000000000","entity":"payout","fund_account_id":"fa_00000000000000",',
    '"amount":10000,"currency":"INR","notes":[],"fees":0,"tax":0,"status":"processed","utr":"","mode":"IMPS",',
    '"purpose":"payout","reference_id":"","narration":"","debit_account_number":"","batch_id":null,"status_details":null',
    '"status_details":{"description":"Payout is processed and the money has been credited into the beneficiary\'s ',
    'account.","source":"beneficiary_bank","reason":"payout_processed"},"created_at":1790000000,"fee_type":""}}},',
    '"created_at":1790000000}',
  ].join(''),
  'latin1',
);
/** Longer ones are rare, and would hold up the process while they are packed. */
const MOST_BYTES = 65_536;

/** A text of the bytes: packed where that makes it shorter, else one character for each byte. */
export function packed(raw: Buffer): string {
  const asCame = raw.toString('latin1');
  if (raw.length > MOST_BYTES) return asCame;
  // A small window: of these few hundred bytes no match lies further back, and its memory is cleared each time.
  const text =
    MARK + deflateRawSync(raw, { dictionary: COMMON, windowBits: 12, memLevel: 5 }).toString('base64');
  return text.length < asCame.length ? text : asCame;
}

/** The bytes of such a text, or of one from before there were packed ones. Throws an Error if they do not unpack. */
export function unpacked(text: string): Buffer {
  if (!text.startsWith(MARK)) return Buffer.from(text, 'latin1');
  const bytes = Buffer.from(text.slice(MARK.length), 'base64');
  return inflateRawSync(bytes, { dictionary: COMMON, maxOutputLength: MOST_BYTES });
}
