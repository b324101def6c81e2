import { randomInt, randomUUID } from 'node:crypto';
import { SCENARIOS, type DemoScenario } from './scenarios';

/** One payout that the demo is going to send. */
export interface PlannedPayout {
  scenario: DemoScenario;
  idempotencyKey: string;
  amountPaise: number;
  /** The body of POST /v1/payouts. */
  body: Record<string, unknown>;
  /** Values of its body that must be found nowhere afterwards. */
  planted: readonly string[];
}

const RTGS_FROM_PAISE = 20_000_000;

/**
 * `count` payouts, the scenarios in turn, bank accounts and VPAs in turn. No two have the same beneficiary,
 * and no two runs have one in common, so that each value can be looked for afterwards.
 */
export function makePlan(
  count: number,
  run = String(randomInt(10_000_000)).padStart(7, '0'),
): PlannedPayout[] {
  return Array.from({ length: count }, (_, i) => {
    const scenario = SCENARIOS[i % SCENARIOS.length]!;
    const round = Math.floor(i / SCENARIOS.length);
    const number = String(i).padStart(4, '0');
    const name = `Test Beneficiary ${run} ${number}`;
    const isVpa = round % 2 === 1;
    const account = isVpa
      ? `demo.${run}.${number}.${scenario.ending}@okbank`
      : `9${run}${number}${scenario.ending}`;
    const { mode, amountPaise } = isVpa ? { mode: 'UPI', amountPaise: amountOf(i) } : bankMode(round / 2, i);
    return {
      scenario,
      amountPaise,
      idempotencyKey: randomUUID(),
      planted: [name, account],
      body: {
        amount: amountPaise,
        currency: 'INR',
        beneficiary: isVpa ? { name, vpa: account } : { name, account_number: account, ifsc: 'HDFC0000053' },
        ...(mode === undefined ? {} : { mode }),
        reference: `demo-${run}-${number}`,
        narration: `Munim demo ${number}`,
      },
    };
  });
}

/** From ₹100.00 to ₹5,099.99, in odd paise. */
function amountOf(i: number): number {
  return 10_000 + ((i * 7_919) % 500_000);
}

/** IMPS, NEFT, RTGS (which begins at two lakh) and, for the platform to choose, none. */
function bankMode(round: number, i: number): { mode: string | undefined; amountPaise: number } {
  const mode = (['IMPS', undefined, 'NEFT', 'RTGS'] as const)[round % 4];
  return { mode, amountPaise: mode === 'RTGS' ? RTGS_FROM_PAISE + amountOf(i) : amountOf(i) };
}
