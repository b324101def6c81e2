/** The provider's answers, read as if they were hostile. */
export interface TemplatePayout { id: string; reference: string; status: string; amountPaise: bigint }

/** The payout in an answer, or undefined when any field that we use breaks the contract. */
export function readPayout(value: unknown): TemplatePayout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, reference, status, amount } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof reference !== 'string' || typeof status !== 'string' || !Number.isSafeInteger(amount)) return undefined;
  return { id, reference, status, amountPaise: BigInt(amount as number) };
}
