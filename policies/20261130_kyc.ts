// What each tier of KYC asks for and allows, and when it has to be done again. The limits of tiers are ours; the times
// are those of RBI's KYC Direction (2 years for high risk, 8 for medium, 10 for low) and of its amendment of
// 12-Jun-2025: three notices before the day and three after it, and a year more for whoever is of low risk.
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'small individual': [
    ...['name', 'pan', 'address', 'document:pan_card', 'document:address_proof', 'consent:kyc'],
  ],
  'small business': [
    ...['name', 'pan', 'address', 'document:pan_card', 'document:business_proof', 'document:shop_photo'],
    'consent:kyc',
  ],
  'full individual': [
    ...['name', 'born', 'pan', 'aadhaar_last4', 'address', 'document:pan_card', 'document:address_proof'],
    ...['document:photo', 'document:shop_photo', 'bank_account', 'consent:kyc', 'consent:bank_account'],
  ],
  'full business': [
    ...[
      'name',
      'born',
      'pan',
      'address',
      'document:pan_card',
      'document:business_proof',
      'document:shop_photo',
    ],
    ...['bank_account', 'consent:kyc', 'consent:bank_account'],
  ],
};
const requirements = Object.entries(NEEDED).flatMap(([who, items]) => {
  const [tier, holder] = who.split(' ');
  return items.map((item) => `('${tier}', '${holder}', '${item}', '2026-04-01', true, 'Munim')`);
});

const WORDS: readonly (readonly [purpose: string, language: string, words: string])[] = [
  [
    'kyc',
    'en',
    'I let you use my details and documents to check who I am, as the law asks of you, and keep them as long as it asks.',
  ],
  [
    'kyc',
    'hi',
    'मैं अपनी पहचान जाँचने के लिए अपने विवरण और दस्तावेज़ों के उपयोग की, और कानून के अनुसार उन्हें रखने की अनुमति देता/देती हूँ।',
  ],
  [
    'bank_account',
    'en',
    'I let you ask my bank, by a payment of one rupee or without one, whose my account is.',
  ],
  [
    'bank_account',
    'hi',
    'मैं आपको एक रुपये के भुगतान से या उसके बिना मेरे बैंक से यह पूछने की अनुमति देता/देती हूँ कि खाता किसका है।',
  ],
];
const texts = WORDS.map(
  ([purpose, language, words]) => `('${purpose}', 1, '${language}', '2026-04-01', '${words}')`,
);

export const sql = `
  insert into consent_texts (purpose, version, language, in_force_from, words) values ${texts.join(', ')};
  insert into kyc_requirements (tier, holder, item, in_force_from, is_needed, source) values
    ${requirements.join(', ')};
  insert into kyc_tier_limits (tier, service, per, in_force_from, cap_paise, source) values
    ('none', 'any', 'transaction', '2026-04-01', 0, 'Munim: whose KYC has lapsed moves nothing'),
    ('small', 'any', 'transaction', '2026-04-01', 1000000, 'Munim'),
    ('small', 'payout', 'day', '2026-04-01', 5000000, 'Munim'),
    ('small', 'bbps', 'day', '2026-04-01', 5000000, 'Munim');
  insert into kyc_terms (risk, in_force_from, renew_after_months, grace_days, after_tier, notice_days, source) values
    ('low', '2026-04-01', 120, 365, 'none', '{-90, -60, -30, 30, 60, 90}', 'RBI KYC Direction, amended 12-Jun-2025'),
    ('medium', '2026-04-01', 96, 0, 'none', '{-90, -60, -30, 30, 60, 90}', 'RBI KYC Direction, amended 12-Jun-2025'),
    ('high', '2026-04-01', 24, 0, 'none', '{-90, -60, -30, 30, 60, 90}', 'RBI KYC Direction, amended 12-Jun-2025');
  insert into kyc_account_rules values ('2026-04-01', 3, 180, 75);
  insert into kyc_document_rules values ('2026-04-01', 5000000, 300, 40000000, 20);
`;
