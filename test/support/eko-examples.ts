import fs from 'node:fs';
import path from 'node:path';

export type Json = Record<string, unknown>;
export interface EkoParameter {
  name: string;
  in: 'path' | 'query' | 'body';
  type: string;
  required: boolean;
}
export interface EkoEndpoint {
  id: string;
  method: string;
  path: string;
  params: EkoParameter[];
  samples: { label: string; body: Json }[];
}

/** What Eko's documentation says of the calls that we make (test/fixtures/eko), names of persons replaced. */
export const EKO_ENDPOINTS = (
  JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/eko/contract.json'), 'utf8')) as {
    endpoints: EkoEndpoint[];
  }
).endpoints;

/** A fresh copy of one sample, by a part of its label. */
export function ekoSample(id: string, label = 'Success'): Json {
  const found = EKO_ENDPOINTS.find((e) => e.id === id)?.samples.find((s) => s.label.includes(label));
  if (found === undefined) throw new Error(`no sample ${label} of ${id}`);
  return structuredClone(found.body);
}

/** The sample with other fields in its `data`; `undefined` takes one out. */
export function ekoSampleWith(id: string, label: string, data: Json, envelope: Json = {}): Json {
  const sample = ekoSample(id, label);
  return JSON.parse(
    JSON.stringify({ ...sample, ...envelope, data: { ...(sample.data as Json), ...data } }),
  ) as Json;
}
