import type { Flow } from '../../domain/service-definition/definition';
import type { ServiceNames } from './names';

/** The definition: all that the shared parts know of the service. */
export function serviceOf({ name, pascal, upper }: ServiceNames, flow: Flow): string {
  return `import type { ServiceDefinition } from '../service-definition/definition';
import { create${pascal}Dispatch } from './dispatch';
import { ${upper}_ERRORS } from './errors';
import { ${upper}_PARTY } from './sealed';

export const ${upper} = {
  name: '${name}',
  flow: '${flow}',
  scope: '${name}:write',
  errors: ${upper}_ERRORS,
  details: { table: '${name}_orders', of: '${name}', row: '${name}' },
  receipt: {
    details: '(select json_build_object() from ${name}_orders o where o.transaction_id = transactions.id)',
  },
  sealed: [${upper}_PARTY],
  digests: [],
  checks: [],
  callbacksNameOurReference: false,
  refundedByConsent: false,
  dispatch: create${pascal}Dispatch,
} as const satisfies ServiceDefinition;
`;
}

/** What a provider is asked for. */
export function portOf({ name, pascal }: ServiceNames): string {
  return `import type { DispatchCalls, InstructionBase } from '../provider/calls';
import type { Provider } from '../provider/provider';

export interface ${pascal}Instruction extends InstructionBase {
  /** Whom it is about. */
  party: string;
}

/** A provider that may offer this service. */
export interface Offers${pascal} extends Provider {
  readonly ${name}?: ${pascal}Calls;
}

export type ${pascal}Calls = DispatchCalls<${pascal}Instruction>;
`;
}

export function errorsOf({ upper }: ServiceNames): string {
  return `import { defineErrors } from '../errors/errors';

export const ${upper}_ERRORS = defineErrors({
  ${upper}_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this service', false],
});
`;
}

export function sealedOf({ name, upper }: ServiceNames): string {
  return `import { sealedColumn } from '../../platform/encryption';

/** Whom it is about. */
export const ${upper}_PARTY = sealedColumn('${name}_orders', 'party_sealed', 'transaction_id');
`;
}

/** The row of details never changes, so a repeat is byte-identical. */
export function dispatchOf({ name, pascal, upper }: ServiceNames): string {
  return `import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Instruct, ServiceDispatch } from '../dispatch/service-dispatch';
import type { InstructionBase } from '../provider/calls';
import type { ${pascal}Instruction, Offers${pascal} } from './port';
import { ${upper}_PARTY } from './sealed';

interface Held {
  id: string;
  partySealed: string;
}

/** Sending it. Its row never changes, so an instruction made once more says the same. */
export function create${pascal}Dispatch(deps: { cipher: FieldCipher }): ServiceDispatch<Offers${pascal}> {
  const instructionOf = (base: InstructionBase, held: Held): ${pascal}Instruction => ({
    ...base,
    party: deps.cipher.open(held.partySealed, ${upper}_PARTY.place(held.id)),
  });
  return {
    inquiries: (connector) => connector.${name},
    sending: {
      calls: (connector) => connector.${name},
      async read(knex, ids) {
        const held = await readHeld(knex, ids);
        return new Map(
          held.map((one): [string, Instruct] => [
            one.id,
            (base) => Promise.resolve({ ok: true, instruction: instructionOf(base, one), refs: {} }),
          ]),
        );
      },
      async repeat(knex, transactionId, base) {
        const [held] = await readHeld(knex, [transactionId]);
        return held === undefined ? undefined : instructionOf(base, held);
      },
    },
  };
}

function readHeld(knex: Knex, ids: readonly string[]): Promise<Held[]> {
  return rows<Held>(
    knex,
    \`select transaction_id as id, party_sealed as "partySealed"
    from ${name}_orders where transaction_id = any(?::uuid[])\`,
    [ids],
  );
}
`;
}

/** What follows from the definition, for the service alone. */
export function testOf({ name, upper }: ServiceNames, flow: Flow): string {
  const [hold, effect, account] =
    flow === 'debit'
      ? [
          `[{ debitAccountId: WALLET, amountPaise: 10_590n, code: 'hold' }]`,
          `{ debitAccountId: idOf('clearing:${name}'), creditAccountId: idOf('float:acmepay'), amountPaise: 10_000n }`,
          'float:acmepay',
        ]
      : [
          '[]',
          `{ debitAccountId: idOf('receivable:acmepay:${name}'), creditAccountId: WALLET, amountPaise: 9_410n }`,
          `receivable:acmepay:${name}`,
        ];
  return `import { accountId, transactionId, userId, type AccountId } from '../ids/ids';
import { NO_EARNINGS } from '../posting/commission';
import { createPostingRules, SCOPES } from '../services/services';
import { ${upper} } from './service';

const WALLET = accountId(1n);
/** The provider charges and pays nothing beside the amount. */
const NOTHING_BESIDE = {
  feePaise: 0n,
  taxPaise: 0n,
  areFeesOwed: false,
  told: NO_EARNINGS,
  posted: NO_EARNINGS,
};
const codes = ['wallet'];
/** The same id for the same code. */
function idOf(code: string): AccountId {
  if (!codes.includes(code)) codes.push(code);
  return accountId(BigInt(codes.indexOf(code) + 1));
}
const facts = {
  id: transactionId('01980000-0000-7000-8000-000000000001'),
  userId: userId('01980000-0000-7000-8000-000000000002'),
  service: ${upper}.name,
  provider: 'acmepay',
  accountId: WALLET,
  amountPaise: 10_000n,
  feePaise: 500n,
  taxPaise: 90n,
  chargePaise: 0n,
};
const rules = createPostingRules({ accounts: { id: (code) => Promise.resolve(idOf(code)) } })[${upper}.name]!;

test('has a scope of its own', () => {
  expect(SCOPES).toContain(${upper}.scope);
});

test('a hold, and the success, move what its flow says', async () => {
  expect(await rules.hold(facts)).toMatchObject(${hold});
  const success = await rules.effect('success', facts, NOTHING_BESIDE);
  expect(success[0]).toMatchObject(${effect});
  expect(codes).toContain('${account}');
});
`;
}
