import { SERVICES } from '../../domain/provider/service-name';
import type { AddressView, ServiceView, UserView, WholeUserView } from '../../domain/users/directory';
import type { ImportRowView, ImportView } from '../../domain/users/imports';
import { STAGES } from '../../domain/users/stages';
import { USER_TYPES } from '../../domain/users/types';
import Joi from 'joi';
import { ERROR_CODES } from './common';
import { answer, count, hint, id, instant, is, list, words, type Fields } from './fields';

const address = answer<AddressView>('UserAddress', 'Where the business is; its street is not shown', {
  city: words(60).allow(null).example('Pune'),
  state_code: words(2).allow(null).example('27').description('As GST numbers the states'),
  pin_code: words(6).allow(null).example('411001'),
});

const FIELDS: Fields<UserView> = {
  id: id('user'),
  object: is('user'),
  type: is(...USER_TYPES).meta({ component: 'UserType' }),
  name: words(80).example('Test Stores'),
  stage: is(...STAGES).meta({ component: 'UserStage' }),
  parent: id('user').allow(null).description('Who stands right above; null where nobody does'),
  mobile: hint('98XXXXXX10').allow(null),
  email: hint('s…@munim.example').allow(null),
  language: is('en', 'hi'),
  address: address.allow(null),
  created_at: instant(),
};

const service = answer<ServiceView>('UserService', 'A service that the user has or has asked for', {
  service: is(...SERVICES),
  state: is('requested', 'active', 'dormant', 'suspended').description(
    '`dormant`: not used for so long that we look at the user again first',
  ),
  since: instant(),
});

export const wholeUser = answer<WholeUserView>('User', 'A user of the network, with its services', {
  ...FIELDS,
  services: Joi.array().items(service).max(20),
});
export const userList = list(answer<UserView>('ListedUser', 'A user of the network', FIELDS), 'UserList');

export const userImport = answer<ImportView>('UserImport', 'A file of new users, and how far it is', {
  id: id('userImport'),
  object: is('user_import'),
  state: is('waiting', 'finished'),
  total: count(100_000).description('Lines'),
  accepted: count(100_000),
  refused: count(100_000),
  created_at: instant(),
  finished_at: instant().allow(null),
});
export const userImportRows = list(
  answer<ImportRowView>('UserImportRow', 'A line of the file', {
    object: is('user_import_row'),
    line: count(1_000_000).description('Where it ends in the file'),
    state: is('waiting', 'accepted', 'refused'),
    user: id('user').allow(null).description('Who became of it'),
    code: is(...ERROR_CODES)
      .allow(null)
      .meta({ component: 'ImportRowCode' }),
    reason: words(2_000).allow(null),
  }),
  'UserImportRowList',
);
