/**
 * The provider's answers, read as if they were hostile: each field that we use is checked for type, form and
 * range, everything else is left alone.
 */
export interface TemplatePayout {
  id: string;
  status: string;
  amountPaise: bigint;
}

const ID = /^[A-Za-z0-9_-]{4,60}$/;
const STATUS = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** The payout in an answer, or undefined when any field that we use breaks the contract. */
export function readPayout(value: unknown): TemplatePayout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, status, amount } = value as Record<string, unknown>;
  if (
    typeof id !== 'string' ||
    !ID.test(id) ||
    typeof status !== 'string' ||
    !STATUS.test(status) ||
    !Number.isSafeInteger(amount) ||
    (amount as number) < 1
  )
    return undefined;
  return { id, status, amountPaise: BigInt(amount as number) };
}
