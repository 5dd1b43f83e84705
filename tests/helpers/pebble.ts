// Pebble, the ACME server that Let's Encrypt tests clients with, and its DNS, each as a process of one test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from './free-port.ts';
import { launch, type Server } from './server.ts';

export interface Pebble {
  /** URL of its directory. */
  readonly directory: string;
  /** A file: who signed the certificate of the directory. */
  readonly caFile: string;
  readonly ca: string;
  readonly server: Server;
}

export interface PebbleOptions {
  /** Where it looks for challenges. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** How many good nonces of a hundred it refuses. */
  readonly badNonces?: number;
  /** Seconds that its certificates are good. */
  readonly validity?: number;
  /** Whom it gives certificates to, with their keys; else to everybody. */
  readonly customers?: Readonly<Record<string, string>>;
}

/** Why there is no pebble here; false: there is one. */
export function withoutPebble(): string | false {
  const missing = ['pebble', 'pebble-challtestsrv', 'openssl'].filter(
    (program) => spawnSync(program, ['-h'], { stdio: 'ignore' }).error !== undefined,
  );
  return missing.length === 0 ? false : `not on PATH: ${missing.join(', ')}`;
}

/** Every name leads to 127.0.0.1. */
export async function startPebble(t: TestContext, options: PebbleOptions): Promise<Pebble> {
  const dir = mkdtempSync(join(tmpdir(), 'pebble-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [certificate, privateKey] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', privateKey];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  spawnSync('openssl', ['req', '-x509', ...key, '-out', certificate, '-days', '2', ...names]);
  const [acme, management, dns, control] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const { customers, validity } = options;
  const pebble = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate,
    privateKey,
    httpPort: options.httpPort,
    tlsPort: options.tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: customers !== undefined,
    ...(customers === undefined ? {} : { externalAccountMACKeys: customers }),
    ...(validity === undefined ? {} : { certificateValidityPeriod: validity }),
  };
  const config = join(dir, 'pebble.json');
  writeFileSync(config, JSON.stringify({ pebble }));
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const names4 = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${control}`];
  const resolver = launch(t, 'pebble-challtestsrv', [...names4, ...off]);
  await resolver.waitForLog(/Starting management server/);
  const server = launch(t, 'pebble', ['-config', config, '-dnsserver', `127.0.0.1:${dns}`], {
    env: {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: String(options.badNonces ?? 0),
      PEBBLE_AUTHZREUSE: '0',
    },
  });
  await server.waitForLog(/ACME directory available at/);
  return {
    directory: `https://localhost:${acme}/dir`,
    caFile: certificate,
    ca: readFileSync(certificate, 'utf8'),
    server,
  };
}
