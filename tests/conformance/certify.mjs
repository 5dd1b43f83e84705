import { join } from 'node:path';
import { must } from '../../scripts/setup.mjs';

/** Makes a certificate for this machine in a folder; resolves to the options that have a server use it. Needs openssl. */
export async function certify(folder) {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(folder, name));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await must('openssl', 'openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', certificate]);
  return ['--certificate', certificate, '--certificate-key', key];
}
