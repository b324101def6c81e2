// What Eko pays us, before GST, by its price list: where an answer states no commission (an inquiry does not),
// this is what it has credited. A slab ends with the last paisa of its last rupee where the list counts in
// whole rupees.
const MOST = 1_000_000_000_000n;

type Slab = readonly [upToPaise: bigint, flatPaise: bigint, bps: number];
const flat = (paise: bigint): readonly Slab[] => [[MOST, paise, 0]];
const percent = (bps: number): readonly Slab[] => [[MOST, 0n, bps]];

const TRANSFERS: readonly Slab[] = [
  [100_000n, 287n, 0],
  [110_000n, 372n, 0],
  [120_000n, 457n, 0],
  [130_000n, 542n, 0],
  [140_000n, 626n, 0],
  [150_000n, 711n, 0],
  [160_000n, 796n, 0],
  [170_000n, 881n, 0],
  [180_000n, 965n, 0],
  [190_000n, 1_050n, 0],
  [200_000n, 1_135n, 0],
  [250_000n, 1_559n, 0],
  [300_000n, 1_982n, 0],
  [350_000n, 2_406n, 0],
  [400_000n, 2_830n, 0],
  [450_000n, 3_254n, 0],
  [500_000n, 3_677n, 0],
];
const WITHDRAWALS: readonly Slab[] = [
  [10_099n, 0n, 0],
  [300_099n, 0n, 40],
  [1_000_000n, 1_300n, 0],
];
const UTILITY: readonly Slab[] = [
  [500_000n, 120n, 0],
  [2_000_000n, 0n, 52],
  [10_000_000n, 0n, 60],
  [MOST, 0n, 32],
];
const PRICE_LIST: readonly (readonly [service: string, className: string, slabs: readonly Slab[]])[] = [
  ['dmt', 'IMPS', TRANSFERS],
  ['aeps', 'withdrawal', WITHDRAWALS],
  // Eko names categories by number and shows these four: electricity, water, broadband, FASTag.
  ['bbps', '8', UTILITY],
  ['bbps', '11', UTILITY],
  ['bbps', '1', flat(72n)],
  ['bbps', '22', flat(112n)],
  ['recharge', 'jio', percent(100)],
  ['recharge', 'airtel', percent(100)],
  ['recharge', 'vi', percent(256)],
];

const rows = PRICE_LIST.flatMap(([service, className, slabs]) =>
  slabs.map(
    ([upToPaise, flatPaise, bps]) =>
      `('eko', '${service}', '${className}', ${upToPaise}, '2024-10-01', ${flatPaise}, ${bps})`,
  ),
);

export const sql = `
  insert into provider_commissions (provider, service, class, up_to_paise, in_force_from, flat_paise, bps)
    values ${rows.join(', ')};
  -- Section 194H, since 2026-04-01 section 393(1), table, number 1(ii): on the commission without GST.
  insert into tax_rates values ('tds_commission', '2024-10-01', 200);
`;
