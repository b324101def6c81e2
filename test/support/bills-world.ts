import { biller, createScriptedBills, type ScriptedBills } from './scripted-bbps';
import { useWorld, type UsedWorld } from './use-world';

/** What tests of bills act on; read it in a `beforeEach`, when the world of the test stands. */
export interface BillsWorld extends Pick<UsedWorld, 'world' | 'user'> {
  readonly setu: ScriptedBills;
  /** Serves the biller 90, which Setu does not know, and pays a bill under the reference of its fetch. */
  readonly eko: ScriptedBills;
}

/** A world of its own for each test of a file, with both providers of bills, and clean books when the test ends. */
export function useBillsWorld(): BillsWorld {
  let setu: ScriptedBills;
  let eko: ScriptedBills;
  const used = useWorld(() => {
    setu = createScriptedBills('setu');
    eko = createScriptedBills('eko', { complaints: false, paysUnderFetchReference: true });
    eko.billers = [biller({ id: '90', category: '8', name: 'Other Power' })];
    return { others: [setu, eko] };
  });
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
    get eko() {
      return eko;
    },
  };
}
