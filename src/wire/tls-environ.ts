/** What an app is told of an encrypted connection: keys of the environ as nginx, Apache and uWSGI users know them, and the `tls` extension of ASGI. */
import { MARSHAL_NONE, marshalDict, marshalInt, marshalText, marshalTuple } from './marshal.ts';

export interface TlsContext {
  readonly version: string;
  readonly versionNumber: number;
  readonly cipher: string;
  readonly cipherNumber: number | null;
  readonly serverName: string;
  readonly serverCertificate: string;
  readonly resumed: boolean;
  readonly client: TlsClientContext | null;
}

export interface TlsClientContext {
  readonly error: string;
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly chain: readonly string[];
}

/** Entries of the environ's block: `SSL_*`. Of a certificate that was not accepted only the reason is told. */
export function tlsEntries({ version, cipher, serverName, client, resumed }: TlsContext): string {
  let out =
    entry('SSL_PROTOCOL', version) +
    entry('SSL_CIPHER', cipher) +
    entry('SSL_SESSION_RESUMED', resumed ? 'Resumed' : 'Initial');
  if (serverName !== '') out += entry('SSL_TLS_SNI', serverName);
  if (client === null) return out + entry('SSL_CLIENT_VERIFY', 'NONE');
  if (client.error !== '') return out + entry('SSL_CLIENT_VERIFY', `FAILED:${client.error}`);
  out +=
    entry('SSL_CLIENT_VERIFY', 'SUCCESS') +
    entry('SSL_CLIENT_S_DN', client.subject) +
    entry('SSL_CLIENT_I_DN', client.issuer) +
    entry('SSL_CLIENT_M_SERIAL', client.serial) +
    entry('SSL_CLIENT_V_START', client.notBefore) +
    entry('SSL_CLIENT_V_END', client.notAfter) +
    entry('SSL_CLIENT_CERT', client.chain[0] ?? '');
  for (const [index, pem] of client.chain.slice(1).entries())
    out += entry(`SSL_CLIENT_CERT_CHAIN_${index}`, pem);
  return out;
}

/** The extension, as a value. A list would be shared by all requests of a connection; a tuple can't be changed. */
export function tlsExtension(tls: TlsContext): string {
  const { client } = tls;
  return marshalDict([
    [SERVER_CERT, tls.serverCertificate === '' ? MARSHAL_NONE : marshalText(tls.serverCertificate)],
    [CLIENT_CERT_CHAIN, marshalTuple((client?.chain ?? []).map(marshalText))],
    [CLIENT_CERT_NAME, client === null ? MARSHAL_NONE : marshalText(client.subject)],
    [CLIENT_CERT_ERROR, client === null || client.error === '' ? MARSHAL_NONE : marshalText(client.error)],
    [TLS_VERSION, marshalInt(tls.versionNumber)],
    [CIPHER_SUITE, tls.cipherNumber === null ? MARSHAL_NONE : marshalInt(tls.cipherNumber)],
  ]);
}

const SERVER_CERT = marshalText('server_cert');
const CLIENT_CERT_CHAIN = marshalText('client_cert_chain');
const CLIENT_CERT_NAME = marshalText('client_cert_name');
const CLIENT_CERT_ERROR = marshalText('client_cert_error');
const TLS_VERSION = marshalText('tls_version');
const CIPHER_SUITE = marshalText('cipher_suite');

function entry(key: string, value: string): string {
  return marshalText(key) + marshalText(value);
}
