import { randomInt } from 'node:crypto';
import { hasVerhoeffCheck } from '../../../domain/india/aadhaar';
import { captureData } from '../../../sandbox/eko/finger';

/**
 * Invented people for one run of the counter: numbers, names and captures that nobody has, each remembered so
 * that it can be looked for afterwards.
 */
export interface People {
  /** A mobile number, with the ending where a scenario goes by it. */
  mobile(ending?: string): string;
  /** `length` digits with the ending: an account, a consumer, a subscriber. */
  number(length: number, ending: string): string;
  /** `Test <role> <run> <number>`. */
  name(role: string): string;
  /** Twelve digits with the right check digit. */
  aadhaar(): string;
  /** A PID block as a registered device captures it, with the one-time password in its PidOptions, if any. */
  pid(otp?: string): string;
  pan(): string;
  /** Remembers a one-time password that was read. */
  saw(otp: string): void;
  /** What must be found nowhere. */
  readonly planted: readonly string[];
  /** Seven digits. */
  readonly run: string;
}

const MOBILES = 100_000;

export function createPeople(run = String(randomInt(10_000_000)).padStart(7, '0')): People {
  const planted: string[] = [];
  const keep = (value: string): string => {
    planted.push(value);
    return value;
  };
  const first = randomInt(MOBILES);
  let mobiles = 0;
  let names = 0;
  const next = (): string => String((first + mobiles++) % MOBILES).padStart(5, '0');
  return {
    run,
    planted,
    // An 8 in front: no part of an instant in milliseconds looks like it.
    mobile: (ending = String(randomInt(10_000)).padStart(4, '0')) => keep(`8${next()}${ending}`),
    number: (length, ending) => {
      const middle = length - 1 - ending.length;
      return keep(`8${`${run}${next()}`.slice(-middle).padStart(middle, '0')}${ending}`);
    },
    name: (role) => keep(`Test ${role} ${run} ${String(names++).padStart(4, '0')}`),
    aadhaar: () => keep(aadhaarOf(`8${Array.from({ length: 10 }, () => randomInt(10)).join('')}`)),
    pid: (otp) => {
      const capture = keep(captureData(otp));
      return [
        '<?xml version="1.0"?><PidData><Resp errCode="0" errInfo="Capture Success" fType="2" nmPoints="52"/>',
        '<DeviceInfo dpId="TEST.DEVICE" mc="dGVzdC1jZXJ0aWZpY2F0ZQ=="/>',
        `<Skey ci="20280813">dGVzdA==</Skey><Data type="X">${capture}</Data></PidData>`,
      ].join('');
    },
    pan: () => keep(`${letters(3)}P${letters(1)}${String(randomInt(10_000)).padStart(4, '0')}${letters(1)}`),
    // Four or six digits alone are found by chance: they are looked for as a field, in the forms in which one
    // is written.
    saw(otp) {
      for (const form of [`"otp":"${otp}"`, `\\"otp\\":\\"${otp}\\"`, `otp=${otp}`, `otp: ${otp}`])
        if (!planted.includes(form)) planted.push(form);
    },
  };
}

/** Eleven digits and the twelfth that fits. */
function aadhaarOf(head: string): string {
  return Array.from({ length: 10 }, (_, digit) => `${head}${digit}`).find(hasVerhoeffCheck)!;
}

function letters(count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(65 + randomInt(26))).join('');
}
