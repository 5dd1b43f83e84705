import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { ClientCertificate, TlsInfo } from '../../http/tls-info.ts';
import type { ClientRule, ClientVerify } from '../../wire/tls-spec.ts';
import { cipherNumber, versionNumber } from './cipher-numbers.ts';
import { distinguishedName } from './distinguished-name.ts';

/** Of a chain that a client sends along, this many certificates are told to the app. */
const CHAIN_MAX = 8;

/** What a TLS socket tells, asked for once: most requests need none of it. Still there when the socket is gone, if it was asked for before. */
export class ConnectionInfo implements TlsInfo {
  readonly version: string;
  readonly cipher: string;
  readonly serverName: string;
  readonly resumed: boolean;
  readonly client: ClientCertificate | null;
  readonly refusal: string;
  readonly clientRule: string;
  readonly #socket: TLSSocket;
  #serverCertificate: string | null = null;

  constructor(socket: TLSSocket, { name, verify }: ClientRule) {
    this.#socket = socket;
    this.clientRule = name;
    this.version = socket.getProtocol() ?? '';
    this.cipher = socket.getCipher().name;
    // False: the client named none.
    this.serverName = serverNameOf(socket);
    this.resumed = socket.isSessionReused();
    this.client = verify === 'off' ? null : clientCertificate(socket);
    this.refusal = refusalOf(this.client, verify);
  }

  get versionNumber(): number {
    return versionNumber(this.version);
  }

  get cipherNumber(): number | null {
    return cipherNumber(this.cipher);
  }

  get serverCertificate(): string {
    this.#serverCertificate ??= this.#socket.getX509Certificate()?.toString() ?? '';
    return this.#serverCertificate;
  }
}

function serverNameOf(socket: TLSSocket): string {
  const { servername } = socket as { servername?: string | false | null };
  return typeof servername === 'string' ? servername.toLowerCase() : '';
}

function clientCertificate(socket: TLSSocket): ClientCertificate | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  return {
    error: verifyError(socket),
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber,
    notBefore: certificate.validFrom,
    notAfter: certificate.validTo,
    chain: [certificate.toString(), ...issuersOf(socket, certificate)],
  };
}

/** As Node says it: an Error, a name, or nothing when all is well. */
function verifyError(socket: TLSSocket): string {
  if (socket.authorized) return '';
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return error.message;
  return typeof error === 'string' && error !== '' ? error : 'it could not be verified';
}

function issuersOf(socket: TLSSocket, own: X509Certificate): readonly string[] {
  const issuers: string[] = [];
  const seen = new Set([own.fingerprint256]);
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true).issuerCertificate;
  // The last one names itself as its issuer.
  while (at?.raw !== undefined && !seen.has(at.fingerprint256) && issuers.length < CHAIN_MAX) {
    seen.add(at.fingerprint256);
    issuers.push(pem(at.raw));
    at = at.issuerCertificate;
  }
  return issuers;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function refusalOf(client: ClientCertificate | null, verify: ClientVerify): string {
  if (client === null) return verify === 'required' ? 'a client certificate is required' : '';
  return client.error === '' ? '' : `the client certificate was not accepted: ${client.error}`;
}
