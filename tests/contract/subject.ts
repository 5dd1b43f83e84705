// What a behaviour is asserted on: a running server, reached over one transport.
import assert from 'node:assert/strict';
import { type Answer, type Place, RawClient, rawRequest } from '../helpers/http.ts';
import type { Server } from '../helpers/server.ts';

/** What an application is written to: PEP 3333 or ASGI 3. */
export type Interface = 'wsgi' | 'asgi';

export interface Subject {
  server: Server;
  interface: Interface;
  /** Where this run connects to. */
  place: Place;
  transport: 'tcp' | 'unix';
  /** A word no other run uses: for addresses that are looked for in the log. */
  mark: string;
}

/** One promise of the server, for an application of this name in tests/apps/plain (WSGI) and in tests/apps/asgi. */
export interface Behaviour {
  sentence: string;
  app: string;
  /** Options of the server beyond its defaults; behaviours of one app with the same options share a server. */
  args?: readonly string[];
  /** Interfaces for which the promise has no meaning, and why. */
  without?: Partial<Record<Interface, string>>;
  /** Holds only without wsgiref.validate around the app (which hides the length of a list, for one). */
  bare?: true;
  /** Only over this transport; over both when absent. */
  only?: Subject['transport'];
  assertion: (subject: Subject) => Promise<void>;
}

/** A request for `path` with a Host, as bytes; `fields` are whole header lines without their CRLF. */
export function get(path: string, ...fields: string[]): string {
  return `GET ${path} HTTP/1.1\r\n${['Host: example.test', ...fields].join('\r\n')}\r\n\r\n`;
}

/** A POST with a body and its length. */
export function post(path: string, body: string, ...fields: string[]): string {
  const lines = ['Host: example.test', `Content-Length: ${body.length}`, ...fields];
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Sends one request on a connection of its own and reads the answer. */
export function ask(subject: Subject, bytes: string, method = 'GET'): Promise<Answer> {
  return rawRequest(subject.place, bytes, { method });
}

/** Runs `use` on a connection that is closed afterwards. */
export async function connected<T>(subject: Subject, use: (client: RawClient) => Promise<T>): Promise<T> {
  const client = new RawClient(subject.place);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** A value of the `environ` app's answer: text as it is, anything else by type and repr. */
export type Shown = string | { type: string; repr: string };

/** The environ that a request made, from the app `environ`. */
export async function environOf(subject: Subject, bytes: string): Promise<Record<string, Shown | undefined>> {
  const answer = await ask(subject, bytes);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Record<string, Shown | undefined>;
}

/** How often a pattern stands in what the server printed. */
export function logged(subject: Subject, pattern: RegExp): number {
  const { stdout, stderr } = subject.server.output;
  const all = new RegExp(pattern.source, 'g');
  return (stdout.match(all)?.length ?? 0) + (stderr.match(all)?.length ?? 0);
}
