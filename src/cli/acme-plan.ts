import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { homedir } from 'node:os';
import type { AcmePlan } from '../acme/certificate-manager.ts';
import type { ChallengeType } from '../acme/challenges.ts';
import type { BindAddress } from '../config/bind.ts';
import type { Settings } from '../config/options.ts';
import type { Resolution } from '../config/resolve.ts';

const STAGING = 'https://acme-staging-v02.api.letsencrypt.org/directory';

type Env = Readonly<Record<string, string | undefined>>;

/** What of the configuration is to be had from an authority; null: nothing. Throws, in words, when a file cannot be read. */
export function acmePlan(
  { settings, binds, certificatesWanted: wanted }: Resolution,
  env: Env,
  version: string,
): AcmePlan | null {
  if (wanted.length === 0) return null;
  const { acme_directory, acme_staging, acme_ca: ca } = settings;
  return {
    authority: {
      directory: acme_staging ? STAGING : acme_directory,
      ca: ca === '' ? '' : readRoot(resolve(ca)),
      account: { email: settings.acme_email, eabKid: settings.acme_eab_kid, eabKey: settings.acme_eab_key },
      types: challengeTypes(settings, binds),
      agentName: `licorne/${version}`,
    },
    dir: acmeFolder(settings, env),
    wanted,
  };
}

/** PEM. Throws when OpenSSL makes no certificate of it. */
function readRoot(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    new X509Certificate(text);
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`acme_ca: ${path} holds no certificate that can be read (PEM): ${why}`, { cause: error });
  }
}

/** Where account and certificates are kept, absolute. */
export function acmeFolder({ acme_dir: dir }: Settings, env: Env): string {
  if (dir !== '') return resolve(dir);
  const [service = ''] = (env['STATE_DIRECTORY'] ?? '').split(':');
  if (isAbsolute(service)) return join(service, 'acme');
  const state = env['XDG_STATE_HOME'] ?? '';
  const home = env['HOME'] ?? '';
  return isAbsolute(state)
    ? join(state, 'licorne', 'acme')
    : join(isAbsolute(home) ? home : homedir(), '.local', 'state', 'licorne', 'acme');
}

/** A kind that no listener can answer comes last: each failure counts against a limit of the authority. */
function challengeTypes(
  { acme_challenges }: Settings,
  binds: readonly BindAddress[],
): readonly ChallengeType[] {
  const kinds = acme_challenges.filter((kind) => kind === 'http-01' || kind === 'tls-alpn-01');
  const plain = binds.some((bind) => bind.kind === 'tcp' && bind.port === 80);
  const secure = binds.some((bind) => bind.kind === 'tcp' && bind.port === 443);
  if (plain === secure) return kinds;
  const first: ChallengeType = plain ? 'http-01' : 'tls-alpn-01';
  return kinds.toSorted((a, b) => Number(b === first) - Number(a === first));
}
