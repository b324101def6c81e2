/**
 * What kinds of business there are, the nearest to the platform first. The table `user_types` has the same names, and
 * says which may stand below which.
 */
export const USER_TYPES = [
  'white_label',
  'api_partner',
  'master_distributor',
  'distributor',
  'field_staff',
  'retailer',
  'sub_merchant',
] as const;
export type UserType = (typeof USER_TYPES)[number];
