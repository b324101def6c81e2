import type { Knex } from 'knex';
import type { UserId } from '../../domain/ids/ids';
import { NOTIFICATION_MESSAGE } from '../../domain/notifications/sealed';
import { USER_EMAIL, USER_MOBILE } from '../../domain/users/sealed';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';

/** A number and an address at which the user is told things. */
export async function giveAddresses(knex: Knex, cipher: FieldCipher, id: UserId): Promise<void> {
  await execute(
    knex,
    `update users set mobile_sealed = :mobile, mobile_hint = '98…10', mobile_fingerprint = sha256(:ofMobile),
       email_sealed = :email, email_hint = 'a…@b', email_fingerprint = sha256(:ofEmail) where id = :id`,
    {
      id,
      mobile: cipher.seal('9876543210', USER_MOBILE.place(id)),
      ofMobile: Buffer.from(`mobile ${id}`),
      email: cipher.seal('shop@munim.example', USER_EMAIL.place(id)),
      ofEmail: Buffer.from(`email ${id}`),
    },
  );
}

interface Sent {
  kind: string;
  channel: string;
  text: string;
}

/** What was told since the last time that this was asked. */
export async function told(knex: Knex, cipher: FieldCipher): Promise<Sent[]> {
  const found = await rows<{ id: string; kind: string; channel: string; sealed: string }>(
    knex,
    'delete from notifications returning id, kind, channel, message_sealed as sealed',
  );
  return found
    .map(({ id, kind, channel, sealed }) => ({
      kind,
      channel,
      text: (JSON.parse(cipher.open(sealed, NOTIFICATION_MESSAGE.place(id))) as { text: string }).text,
    }))
    .toSorted((a, b) => (`${a.kind} ${a.channel}` < `${b.kind} ${b.channel}` ? -1 : 1));
}
