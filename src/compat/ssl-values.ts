import { all, type Effect, to } from './effect.ts';

/** The numbers of Python's ssl.VerifyMode, as words of `client_verify`. */
export function certReqs(value: string): string {
  return { 0: 'off', 1: 'optional', 2: 'required' }[value] ?? value;
}

/** uWSGI: `ADDR,CERT,KEY[,CIPHERS[,CA]]`, where a `!` before CA makes a client certificate a must. */
export function uwsgiHttps(value: string): Effect {
  const [address = '', certificate = '', key = '', ciphers = '', ca = ''] = value.split(',');
  return httpsEffect({ address, certificate, key, ciphers, ca });
}

/** uWSGI: `addr=ADDR,cert=FILE,key=FILE,ciphers=LIST,client_ca=FILE`. */
export function uwsgiHttps2(value: string): Effect {
  const said = new Map(
    value.split(',').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
  return httpsEffect({
    address: said.get('addr') ?? '',
    certificate: said.get('cert') ?? said.get('crt') ?? '',
    key: said.get('key') ?? '',
    ciphers: said.get('ciphers') ?? '',
    ca: said.get('client_ca') ?? '',
  });
}

interface Https {
  readonly address: string;
  readonly certificate: string;
  readonly key: string;
  readonly ciphers: string;
  readonly ca: string;
}

function httpsEffect({ address, certificate, key, ciphers, ca }: Https): Effect {
  return all(
    to('bind', () => `https://${address}`),
    to('certificate', () => certificate),
    ...(key === '' ? [] : [to('certificate_key', () => key)]),
    ...(ciphers === '' ? [] : [to('tls_ciphers', () => ciphers)]),
    ...(ca === ''
      ? []
      : [
          to('client_ca', () => ca.replace(/^!/, '')),
          to('client_verify', () => (ca.startsWith('!') ? 'required' : 'optional')),
        ]),
  );
}
