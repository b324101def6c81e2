import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** API keys. The hash of the secret is written once and compared in SQL, never read. */
export class ApiKeyModel extends BaseModel {
  static override readonly tableName = 'api_keys';
  static override readonly columns: readonly Property<ApiKeyModel>[] = [
    'id',
    'userId',
    'prefix',
    'scopes',
    'createdAt',
    'expiresAt',
    'revokedAt',
    'lastUsedOn',
    'allowedFrom',
  ];
  id!: string;
  userId!: UserId;
  /** The first characters of the key, by which its owner knows it again. */
  prefix!: string;
  secretHash!: Buffer;
  scopes!: string[];
  createdAt!: Date;
  expiresAt!: Date | null;
  revokedAt!: Date | null;
  /** Business date, `YYYY-MM-DD`. */
  lastUsedOn!: string | null;
  /** The networks from which it may be used; null for anywhere. */
  allowedFrom!: string[] | null;
}
