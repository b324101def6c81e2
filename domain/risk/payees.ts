import type { Screening } from '../screening/screening';

/** A payee of a transaction, as it is looked at before the first send. */
export interface LookedPayee {
  beneficiaryId: string | null;
  recipientId: string | null;
  /** Its sealed name, where it was not compared with the list in force yet. */
  unscreenedName: string | null;
  isListed: boolean;
}

/** Compares payees with the list in force before money is sent to them, once for each payee and list. */
export interface PayeeScreening {
  look(payees: readonly LookedPayee[]): Promise<LookedAt>;
}

export interface LookedAt {
  /** The ids of those of whom a likeness to a listed name is open, or was confirmed. */
  listed: ReadonlySet<string>;
  /** Those who could not be compared. */
  unknown: ReadonlyMap<string, Error>;
}

export interface PayeeScreeningDependencies {
  screening: Pick<Screening, 'isOpen'>;
  /** Opens the sealed name of a beneficiary, or of a recipient of transfers. */
  open: (kind: 'beneficiary' | 'dmt_recipient', id: string, sealed: string) => string;
}

export function createPayeeScreening({ screening, open }: PayeeScreeningDependencies): PayeeScreening {
  return {
    async look(payees) {
      const listed = new Set<string>();
      const unknown = new Map<string, Error>();
      const compared = new Set<string>();
      for (const { beneficiaryId, recipientId, unscreenedName, isListed } of payees) {
        const kind = beneficiaryId === null ? 'dmt_recipient' : 'beneficiary';
        const id = beneficiaryId ?? recipientId;
        if (id === null) continue;
        if (isListed) listed.add(id);
        if (unscreenedName === null || compared.has(id)) continue;
        compared.add(id);
        try {
          const name = open(kind, id, unscreenedName);
          if (await screening.isOpen(`${kind}:${id}`, { name })) listed.add(id);
        } catch (error) {
          unknown.set(
            id,
            error instanceof Error ? error : new Error('a payee was not compared', { cause: error }),
          );
        }
      }
      return { listed, unknown };
    },
  };
}
