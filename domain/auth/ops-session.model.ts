import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** Sessions of ops staff, found by the hash of their token. */
export class OpsSessionModel extends BaseModel {
  static override readonly tableName = 'ops_sessions';
  static override readonly idColumn = 'token_hash';
  static override readonly columns: readonly Property<OpsSessionModel>[] = [
    'userId',
    'ip',
    'createdAt',
    'lastSeenAt',
    'expiresAt',
    'endedAt',
    'provedAt',
    'issuer',
    'oidcSession',
  ];
  tokenHash!: Buffer;
  userId!: UserId;
  ip!: string;
  createdAt!: Date;
  lastSeenAt!: Date;
  expiresAt!: Date;
  endedAt!: Date | null;
  provedAt!: Date | null;
  issuer!: string | null;
  oidcSession!: string | null;
}
