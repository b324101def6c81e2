import { BaseModel, type Property } from '../../platform/model';

/** Billers as lists show them. `biller` is JSON, as the provider gave it. */
export class BillerModel extends BaseModel {
  static override readonly tableName = 'bbps_billers';
  static override readonly idColumn = ['provider', 'id'];
  static override readonly columns: readonly Property<BillerModel>[] = [
    'provider',
    'id',
    'category',
    'biller',
  ];
  provider!: string;
  id!: string;
  category!: string | null;
  biller!: string;
}
