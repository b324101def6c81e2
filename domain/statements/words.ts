import type { SpanLine } from './span';

/** What a line is, for people. What is not listed is told by its code, without its strokes. */
const WORDS: Readonly<Record<string, string>> = {
  hold: 'Paid with charges',
  release: 'Given back: not sent',
  funding: 'Money added',
  withdrawn: 'Money given back from our bank',
  collected: 'From the AEPS wallet',
  moved: 'Between own wallets',
  transferred: 'Sent in the network',
  pulled_back: 'Pulled back in the network',
  adjusted: 'Adjustment',
  settlement: 'To your bank account',
  settlement_back: 'Back from the bank',
  commission_share: 'Commission',
  commission_share_reversed: 'Commission taken back',
  commission_share_main_reversed: 'Commission taken back',
  compensation: 'Compensation for a delay',
  principal: 'Amount',
  principal_reversed: 'Amount returned',
  fee_reversed: 'Fee returned',
  gst_reversed: 'GST returned',
  charge_reversed: 'Charge returned',
};
const SERVICE_WORDS: Readonly<Record<string, string>> = {
  payout: 'Payout',
  dmt: 'Money transfer',
  bbps: 'Bill payment',
  recharge: 'Recharge',
  aeps: 'AEPS',
  collection: 'Money loaded',
};

export function wordsOf({ code, service }: Pick<SpanLine, 'code' | 'service'>): string {
  const what = WORDS[code] ?? code.replaceAll('_', ' ');
  return service === null ? what : `${SERVICE_WORDS[service] ?? service}: ${what.toLowerCase()}`;
}
