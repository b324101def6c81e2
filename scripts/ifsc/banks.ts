import type { Bank } from '../../domain/beneficiaries/ifsc';

const CODE = /^[A-Z]{4}$/;
const BRANCH = /^[A-Z0-9]{6}$/;

/**
 * The banks of a release, in order of their codes. In the compact form of the release a number stands for a
 * branch of digits, padded with zeros to six places. Throws Error for a form that is none of these.
 */
export function banksOf(branches: unknown, names: unknown): Record<string, Bank> {
  const nameOf = asFields(names);
  const banks: Record<string, Bank> = {};
  for (const [code, list] of Object.entries(asFields(branches)).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!CODE.test(code) || !Array.isArray(list) || list.length === 0)
      throw new Error(`${code} is not a bank with a list of branches`);
    const parts = (list as unknown[]).map((branch) => branchOf(code, branch));
    const name = nameOf[code];
    banks[code] = {
      ...(typeof name === 'string' && name !== '' ? { name } : {}),
      ...(parts.length === 1 ? { only: parts[0]! } : {}),
    };
  }
  return banks;
}

function branchOf(code: string, branch: unknown): string {
  const text = typeof branch === 'number' ? String(branch).padStart(6, '0') : branch;
  if (typeof text !== 'string' || !BRANCH.test(text))
    throw new Error(`${code} has a branch in an unknown form`);
  return text;
}

function asFields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a file of the release is not an object');
  return value as Record<string, unknown>;
}
