import { WireError } from './wire-error.ts';

/** The head of a RESPONSE or INFORM frame. `status` 100..999; `fields` is flat: name, value, name, value ... */
export interface ResponseHead {
  status: number;
  reason: string;
  fields: string[];
}

/** Reads a head text: `200 OK`, then name and value in turn, one a line, no line end after the last. Throws WireError. */
export function parseResponseHead(text: string): ResponseHead {
  const fields = text.split('\n');
  const line = fields.shift() as string;
  if (fields.length % 2 !== 0) throw new WireError('a response head with a name that has no value');
  const status = statusOf(line);
  return { status, reason: line.slice(4), fields };
}

function statusOf(line: string): number {
  const hundreds = line.charCodeAt(0) - 48;
  const tens = line.charCodeAt(1) - 48;
  const ones = line.charCodeAt(2) - 48;
  const digits = hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  if (!digits || (line.length > 3 && line.charCodeAt(3) !== 32)) {
    throw new WireError(`a response head that starts with ${JSON.stringify(line.slice(0, 40))}`);
  }
  return hundreds * 100 + tens * 10 + ones;
}
