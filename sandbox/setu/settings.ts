/** Settings of both Setu products, changed through the control API. */
export interface SetuSettings {
  /** Life time of a token that is issued from now on. */
  tokenLifeMs: number;
  /** UAT has no balance: off, `GET /wallet/balance` answers ERR012. */
  walletBalanceOn: boolean;
  /** The recharge wallet tells when it falls below this. */
  lowBalancePaise: bigint;
  coolOffMs: number;
}
