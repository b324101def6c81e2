import type { ProviderNames } from './names';

/**
 * The policy rows of a new provider: cautious timings for both profiles, until its documentation says better.
 */
export function policiesOf({ name }: ProviderNames): string {
  return `// Timings of ${name}. What its documentation says of time-outs, rates and polling belongs here.
export const sql = \`
  insert into provider_policies
    (provider, profile,
     connect_timeout_ms, total_timeout_ms, send_window_ms,
     poll_schedule_ms,
     poll_for_ms, not_found_window_ms, not_found_inquiries, recheck_success_ms,
     max_in_flight, rate_per_second)
  values
    ('${name}', 'production',
     4000, 30000, 20000,
     '{15000,30000,60000,120000,300000,600000,1200000,1800000,3600000}',
     86400000, 900000, 3, '{86400000,259200000}',
     16, 5),
    ('${name}', 'development',
     1000, 2000, 3000,
     '{1000,2000,4000,8000}',
     60000, 10000, 2, '{86400000,259200000}',
     64, null);
\`;
`;
}

/** The questions that a provider's README has to answer before the code does; `today` is YYYY-MM-DD. */
export function readmeOf({ name, pascal, upper }: ProviderNames, today: string): string {
  return `# ${pascal}

What we hold ${pascal} to, what bites, and what we decided. Write it from the documentation before the code:
it is the contract that the rest is checked against.

Settings: \`MUNIM_${upper}_BASE_URL\`, \`MUNIM_${upper}_API_KEY\`, \`MUNIM_${upper}_CALLBACK_SECRET\` (all three,
or ${name} is not there). Callbacks come to \`/callbacks/${name}\`.

| file | holds |
|---|---|
| \`provider.ts\` | what it is: its settings and its connector |
| \`connector.ts\` | the ports of \`domain/\` that it offers, over the guarded calls of \`../caller.ts\` |
| \`transformers.ts\` | theirs → ours: **the only place with their status words and error codes** |
| \`schemas.ts\` | their answers, read as hostile |
| \`call-log.ts\` | which fields may be read in the API log |

## Questions

| question | answer |
|---|---|
| Which answers to the create call prove that nothing was created? | none is documented here yet: all are unknown |
| What names a payment: a key of ours, their id, both? | not documented here yet |
| Is a repeat with the same key safe, and for how long? | not documented here yet: \`notFound\` is \`case\` |
| What does not-found mean, and when? | not documented here yet |
| Are callbacks signed, over which bytes, and is the event id part of it? | not documented here yet: every callback is forged |
| Paise or rupees, with or without tax? | the skeleton sends paise |
| Which characters and lengths do names, references and narrations have? | not documented here yet |

## Statuses

| theirs | ours |
|---|---|
| any | pending, and counted |

## Contracts

Name each document that this was written from, with its version and day, in this form: \`npm run contracts\`
and \`docs/contracts.md\` read it.

- **API documentation**
  - source: https://example.com/docs
  - version: not read yet
  - day: ${today}
  - compared: ${today}
`;
}
