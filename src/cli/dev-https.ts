import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { OwnCertificate } from '../certificates/own-authority.ts';
import type { Environment } from '../config/env.ts';
import type { Resolution } from '../config/resolve.ts';
import type { Terminal } from './terminal.ts';

/** The resolution with a certificate of this machine's own authority, when `licorne dev --https` asks for one and nobody has named another. */
export async function withOwnCertificate(resolution: Resolution, terminal: Terminal): Promise<Resolution> {
  const { settings } = resolution;
  if (!settings.https || settings.certificate.length > 0) return resolution;
  const { ownCertificate } = await import('../certificates/own-authority.ts');
  const own = await ownCertificate(join(stateFolder(terminal.env), 'authority'));
  if (own.fresh) terminal.out(howToTrust(own));
  return { ...resolution, settings: { ...settings, certificate: [own.path], certificate_key: [] } };
}

/** XDG Base Directory Specification: data that is kept between starts, and is of no use on another machine. */
function stateFolder(env: Environment): string {
  const named = env['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(named) ? named : join(homedir(), '.local', 'state'), 'licorne');
}

function howToTrust({ authorityPath }: OwnCertificate): string {
  const file = /^[\w@%+=:,./-]+$/.test(authorityPath)
    ? authorityPath
    : `'${authorityPath.replaceAll("'", "'\\''")}'`;
  const ways =
    process.platform === 'darwin'
      ? [
          [
            'this user',
            `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}`,
          ],
        ]
      : [
          ['Chrome', `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n licorne-development -i ${file}`],
          [
            'the system',
            `sudo cp ${file} /usr/local/share/ca-certificates/licorne-development.crt && sudo update-ca-certificates`,
          ],
        ];
  const all = [
    ...ways,
    ['Firefox', 'Settings, Certificates, Authorities, Import'],
    ['curl, Python, Node', `--cacert, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS: ${file}`],
  ];
  const lines = all.map(([who = '', how = '']) => `  ${who.padEnd(19)} ${how}`);
  return `Made a certificate authority that can vouch for this machine only. Until it is trusted, browsers warn:\n${lines.join('\n')}\n\n`;
}
