import { scrub } from '../platform/scrub';

/**
 * The sentences of providers, as far as they may be kept: a sentence may name a person, quote a request, or
 * hold a one-time password of four digits. What is kept are the words below (those of their documented
 * reasons, and of banking), codes like `BFR004`, and numbers of three digits at most; anything else is `…`.
 */
const WORDS = new Set(
  `
a about above accept accepted access account accounts action activate activated active added adjustment after
again agent all allowed already also amount an and any api app are as at attempt attempts authentication
authorised authorized available awaited back balance bank banks bbps be because been before below beneficiary
between bill biller billers bills biometric blocked business but by call called cancelled cannot card cash
category certain charge charges check circle closed code collect collected come comment complaint complete
completed config configuration connect connected connection consumed consumer contact correct could credit
credited current customer customers daily data date day days debit debited declined default deleted
description details device did different direct disabled dispute do document does done down dth due duplicate
during e ekyc electricity eligible empty enabled end enquiry enrolled enter entered error exact exceed
exceeded exceeds exhausted exist existing exists expire expired external fail failed failing fails failure fee
fetch field fields final fingerprint first for found from frozen fund funds generate generated given go gone
had has have held hidden high holder hour hours id identified if ifsc imps in inactive incorrect information
initiated initiator inoperative input inquiry insufficient internal international into invalid is issue issuer
it its json k key kindly kyc last late later least less limit limits linked list load location log low made
maintenance maintained make maximum may merchant merchantid message min minimum minute minutes mismatch
missing mobile money month monthly more must name need network neft new next no none not now npci number
numbers of off ok okeykey old on once one only opened operation operator operators option or other otp out
outside over paid pan parameter parameters partially partner pay payee payer payment payments pending per
permitted pid pin plan plans please possible postpaid prepaid present process processed processing processor
progress provide provided provider rate reach reachable reached reason received recepients recharge recipient
recipientid recipients record records reference refer refund refundable refunded refused register registered
registration registred reject rejected relationship remitter remitting repeat request requested required
resend resolved response restricted result retry return returned reverse reversed right rule s sec second
seconds send sender sent server service services session shop show shows side since some sometime soon sorry
source specified state status still stopped success successful successfully sucess such supported switch
system taken technical temporarily temporary than that the their them then there they this through ticket till
time timed timeout timings to today token too took transact transaction transactions transfer transferred
tried try trying two type unable unauthorised unavailable under unknown unpaid until up upi use used user
users using utility valid validate validation value verification verified verify version wait wallet was we
well were when which while will with within without working wrong yet you your accepting acknowledged alert
alphanumeric authenticated automatic bad banking billing choose connectivity credentials deactivated detials
developer district districts documentation doesn dynamic entity environment equalto expanded forbidden
generating greater gstin ids initials instance internet large long malformed many match matched media method
modes moment names numeric onboard onboarding paymentrefid perform period product qr resolution secret should
static successfull timestamp topped unauthorized unsupported upstream uat validated zero congratulations
initiator aadhaar aadhar aeps iin uidai rrn utr tid digits email vpa redacted upper lower
`
    .trim()
    .split(/\s+/),
);
const CODE = /^[A-Z]{1,6}_?\d{1,3}$/;
const SHORT_NUMBER = /^\d{1,3}$/;
const TOKEN = /\d+(?:[.,]\d+)+|[\p{L}\p{M}\p{N}]+/gu; // 1,23,450.50 is one number, and a long one

/** The text with every other word and number as `…`; consecutive ones become one. */
export function knownWords(text: string): string {
  const kept = text.replaceAll(TOKEN, (token) =>
    WORDS.has(token.toLowerCase()) || CODE.test(token) || SHORT_NUMBER.test(token) ? token : '…',
  );
  return kept.replaceAll(/…(?:[^\p{L}\p{N}…]{0,5}…)+/gu, '…');
}

/**
 * A text of a provider for our records: what is spread over groups of digits is hidden whole, then all but
 * known words; at most 200 characters.
 */
export function forPeople(text: string | undefined): string | undefined {
  return text === undefined
    ? undefined
    : knownWords(
        scrub(text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 1_000)).replaceAll(/\d(?:[ -]?\d){3,}/g, '[digits]'),
      ).slice(0, 200);
}
