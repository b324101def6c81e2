import fs from 'node:fs';
import path from 'node:path';

export type Json = Record<string, unknown>;

/** The samples of Razorpay's documentation, names of persons replaced: of RazorpayX, or of the payment gateway. */
export function examples(
  file: string,
  product: 'razorpayx' | 'razorpay' = 'razorpayx',
): { title: string; json: Json }[] {
  return (
    JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures', product, `${file}.json`), 'utf8')) as {
      examples: { title: string; json: Json }[];
    }
  ).examples;
}

export function example(file: string, title = 'Success'): Json {
  const found = examples(file).find((e) => e.title === title);
  if (found === undefined) throw new Error(`no example ${title} in ${file}`);
  return found.json;
}
