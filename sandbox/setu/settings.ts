/** Settings of both Setu products, changed through the control API. */
export interface SetuSettings {
  /** Lifetime of newly issued tokens. */
  tokenLifeMs: number;
  /** When false, `GET /wallet/balance` answers ERR012, as Setu's UAT does. */
  walletBalanceOn: boolean;
  /** A callback is sent when the recharge wallet falls below this balance. */
  lowBalancePaise: bigint;
  coolOffMs: number;
}
