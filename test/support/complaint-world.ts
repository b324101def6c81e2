import type { Complaints } from '../../domain/bbps/complaints';
import type { Disposition } from '../../domain/bbps/port';
import { transactionId, type TransactionId } from '../../domain/ids/ids';
import { paidBill } from './bbps-flows';
import {
  bill,
  createScriptedBills,
  FASTAG,
  fetchedBill,
  ok,
  paid,
  type ScriptedBills,
} from './scripted-bbps';
import { useWorld } from './use-world';
import type { World } from './world';
import type { AppUser } from '../../domain/users/users';

/** What complaint tests act on; read it in a `beforeEach`, when the world of the test stands. */
export interface ComplaintWorld {
  readonly world: World;
  readonly user: AppUser;
  /** The provider of bills, whose payments succeed. */
  readonly setu: ScriptedBills;
  complaints: () => Complaints;
  raise: (payment: string, disposition?: Disposition) => ReturnType<Complaints['raise']>;
  /** A paid tag, about which one may complain at once. */
  payTag: () => Promise<TransactionId>;
}

/** A world of its own for each test of a file, with a provider of bills, and clean books when the test ends. */
export function useComplaintWorld(): ComplaintWorld {
  let setu: ScriptedBills;
  const used = useWorld(() => {
    setu = createScriptedBills('setu');
    setu.onSend = () => paid();
    return { others: [setu] };
  });
  const complaints = (): Complaints => used.world.first.bbps.complaints;
  return {
    get world() {
      return used.world;
    },
    get user() {
      return used.user;
    },
    get setu() {
      return setu;
    },
    complaints,
    raise: (payment, disposition = 'account-not-updated') =>
      complaints().raise(used.user.userId, transactionId(payment), disposition, 'It still shows as due'),
    async payTag() {
      setu.onStartFetch = ({ ourReference }) =>
        ok(fetchedBill(`F${ourReference}`, { exactness: 'range', bills: [bill({ amountPaise: 0n })] }));
      return transactionId(await paidBill(used.world.first, used.user, FASTAG.id));
    },
  };
}
