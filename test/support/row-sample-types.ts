/** Types that row-samples.ts takes from another file. */
export interface Named {
  id: string;
  name: string;
}
export interface Lists {
  named: Named[];
  readonly: readonly Named[];
}
