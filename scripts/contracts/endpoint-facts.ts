/**
 * Eko's pages as facts. Our copy (`test/fixtures/eko`) keeps the calls that we make; a newer copy has the same
 * form, or is the data of Eko's mock server (`data/fixtures.json` of `@ekoindia/eps-mock-server`).
 */
import { put, putSample, type Facts } from './facts';

type Json = Record<string, unknown>;

export interface Endpoints {
  endpoints: {
    id: string;
    method: string;
    path: string;
    params: { name: string; in: string; type: string; required: boolean }[];
    samples: { label: string; body: unknown }[];
  }[];
}

export type MockData = {
  slug: string;
  method: string;
  path: string;
  request: Json;
  successResponse: unknown;
  errors: { scenario: string; example: unknown }[];
}[];

export function endpointFacts({ endpoints }: Endpoints): Facts {
  const facts: Facts = new Map();
  for (const { id, method, path, params, samples } of endpoints) {
    put(facts, id, 'call', `${method} ${path}`);
    for (const parameter of params)
      put(
        facts,
        id,
        `${parameter.in} ${parameter.name}`,
        `${parameter.required ? 'required' : 'optional'}, ${parameter.type}`,
      );
    for (const { label, body } of samples) putSample(facts, `${id}, ${sampleName(label)}`, body);
  }
  return facts;
}

/** The mock server's data names the fields of a body without saying which are required: only names can be compared. */
export function mockFacts(data: MockData): Facts {
  const facts: Facts = new Map();
  for (const { slug, method, path, request, successResponse, errors } of data) {
    put(facts, slug, 'call', `${method} ${path}`);
    for (const name of Object.keys(request)) put(facts, slug, `body ${name}`, 'there');
    putSample(facts, `${slug}, sample "Success"`, successResponse);
    for (const { scenario, example } of errors) putSample(facts, `${slug}, ${sampleName(scenario)}`, example);
  }
  return facts;
}

/** Our copy, cut down to what the mock server's data says. */
export function asInMock(ours: Facts): Facts {
  const facts: Facts = new Map();
  for (const [group, fields] of ours)
    for (const [field, said] of fields) {
      if (/^(?:path|query|header|file) /.test(field)) continue;
      for (const part of said) put(facts, group, field, field.startsWith('body ') ? 'there' : part);
    }
  return facts;
}

/** Only the calls that our copy has, since it leaves out those that we do not make. */
export function ofTheSameCalls(ours: Facts, newer: Facts): Facts {
  const calls = new Set([...ours.keys()].map(callOf));
  return new Map([...newer].filter(([group]) => calls.has(callOf(group))));
}

function callOf(group: string): string {
  return group.split(', ')[0]!;
}

function sampleName(label: string): string {
  return `sample "${label.replace(/^Other: /, '').replace(/ \(HTTP 200\)$/, '')}"`;
}
