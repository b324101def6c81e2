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
    'madeBy',
    'confirmedBy',
    'hasFirstPassword',
    'type',
    'stage',
    'parentId',
  ];
  id!: UserId;
  kind!: 'app' | 'ops';
  name!: string;
  email!: string | null;
  passwordHash!: string | null;
  /** As it was given; `role_of` in the database says what counts now. */
  role!: string | null;
  status!: 'active' | 'disabled';
  createdAt!: Date;
  /** The admin who made it; null for an app's user and for an ops account that nobody made (`ops first`). */
  madeBy!: UserId | null;
  /** The other admin who confirmed it. Until then it only looks. */
  confirmedBy!: UserId | null;
  /** The password is the one that its maker was shown. */
  hasFirstPassword!: boolean;
  /** Of a user of apps, as are those below: what kind of business it is, how far in it is, and who is above it. */
  type!: string | null;
  stage!: string | null;
  parentId!: UserId | null;
  registeredBy!: UserId | null;
  registrationKey!: string | null;
  registrationHash!: Buffer | null;
  mobileSealed!: string | null;
  mobileFingerprint!: Buffer | null;
  mobileHint!: string | null;
  emailSealed!: string | null;
  emailFingerprint!: Buffer | null;
  emailHint!: string | null;
  language!: 'en' | 'hi';
  city!: string | null;
  stateCode!: string | null;
  pinCode!: string | null;
  addressSealed!: string | null;
}

/** Two accounts are two persons only if no person makes the second alone. */
export function isConfirmed({ madeBy, confirmedBy }: Pick<UserModel, 'madeBy' | 'confirmedBy'>): boolean {
  return madeBy === null || confirmedBy !== null;
}
