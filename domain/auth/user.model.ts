import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** Users of apps and of the console. The password's hash is read only where it is selected by name. */
export class UserModel extends BaseModel {
  static override readonly tableName = 'users';
  static override readonly columns: readonly Property<UserModel>[] = [
    'id',
    'kind',
    'name',
    'email',
    'role',
    'status',
    'createdAt',
  ];
  id!: UserId;
  kind!: 'app' | 'ops';
  name!: string;
  email!: string | null;
  passwordHash!: string | null;
  role!: 'viewer' | 'operator' | 'admin' | null;
  status!: 'active' | 'disabled';
  createdAt!: Date;
}
