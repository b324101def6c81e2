import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { putToSleep } from './dormancy';
import { makeDueMoves } from './moves';

/** What happens to users by itself when a day has come. Each returns how many were looked at. */
export interface NetworkKeeper {
  makeDueMoves(limit: number): Promise<number>;
  putToSleep(limit: number): Promise<number>;
}

export function createNetworkKeeper(deps: { knex: Knex; clock: Clock; ids: Ids }): NetworkKeeper {
  return {
    makeDueMoves: (limit) => makeDueMoves(deps, limit),
    putToSleep: (limit) => putToSleep(deps, limit),
  };
}
