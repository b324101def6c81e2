import Joi from 'joi';
import { PART_NAMES } from '../../domain/privacy/parts';
import { DATA_KINDS, type DataKind } from '../../domain/privacy/request-rules';
import { DATA_STATES } from '../../domain/privacy/requests';
import { answer, count, day, id, instant, is, list, part, path, words } from './fields';

export interface DataRequestAnswer {
  object: 'data_request';
  id: string;
  kind: DataKind;
  status: (typeof DATA_STATES)[number];
  reason: string | null;
  asked_at: string;
  due_on: string;
  decided_at: string | null;
  answer: string | null;
  copy_until: string | null;
  parts: {
    part: string;
    means: string;
    rows: number;
    outcome: 'erased' | 'held';
    because: string | null;
    keep_days: number | null;
  }[];
  links: { self: string };
}

const MOST_ROWS = 1_000_000_000;

export const dataRequest = answer<DataRequestAnswer>(
  'DataRequest',
  'What a person asked about their data, and how far it is',
  {
    object: is('data_request'),
    id: id('dataRequest'),
    kind: is(...DATA_KINDS),
    status: is(...DATA_STATES),
    reason: words(500)
      .allow(null)
      .description('As they wrote it; null where staff wrote down what they asked'),
    asked_at: instant(),
    due_on: day().description('It is answered by then'),
    decided_at: instant().allow(null),
    answer: words(500).allow(null).description('Why it was refused, or what was corrected'),
    copy_until: instant().allow(null).description('Until then the copy of a granted export can be fetched'),
    parts: Joi.array()
      .items(
        part<DataRequestAnswer['parts'][number]>({
          part: is(...PART_NAMES),
          means: words(200).example('password and PIN of an account that is closed'),
          rows: count(MOST_ROWS),
          outcome: is('erased', 'held'),
          because: words(200).allow(null).description('Whose rule holds it'),
          keep_days: count(10_000).allow(null).description('After it is over; null: without an end'),
        }),
      )
      .max(PART_NAMES.length)
      .description('Of an erasure: what became of each part'),
    links: answer<DataRequestAnswer['links']>('DataRequestLinks', 'Where to read it', {
      self: path('/v1/data-requests/dtr_01jxvqexvqexvt0xvqexvqexvq'),
    }),
  },
);
export const dataRequestList = list(dataRequest, 'DataRequestList');
