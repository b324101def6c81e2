import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';
import { UserModel } from './user.model';

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
  ];
  static override readonly relationMappings = {
    user: {
      relation: BaseModel.BelongsToOneRelation,
      modelClass: UserModel,
      join: { from: 'ops_sessions.user_id', to: 'users.id' },
    },
  };
  tokenHash!: Buffer;
  userId!: UserId;
  ip!: string;
  createdAt!: Date;
  lastSeenAt!: Date;
  expiresAt!: Date;
  endedAt!: Date | null;
  user?: UserModel;
}
