import type { MasterToGateway } from '../wire/gateway-control.ts';
import type { CertificateSpec, TlsSpec } from '../wire/tls-spec.ts';

/** A line of the control channel has an end (CONTROL_LINE_BYTES_MAX); this much of it is for certificates. */
const PART_CHARS_MAX = 262_144;

/** All but certificates comes with the last message. */
const NOTHING: Omit<TlsSpec, 'certificates'> = {
  orderedNames: [],
  clientCa: '',
  clientRules: [],
  ticketKey: '',
};

type SecureMessage = MasterToGateway<never> & { type: 'tls' };

/** Tells a gateway of its certificates, of which there may be many. */
export function secureMessages({ certificates, ...rest }: TlsSpec): readonly SecureMessage[] {
  const parts: CertificateSpec[][] = [[]];
  let chars = 0;
  for (const certificate of certificates) {
    const size = certificate.chain.length + certificate.key.length;
    if (chars > 0 && chars + size > PART_CHARS_MAX) {
      parts.push([]);
      chars = 0;
    }
    parts.at(-1)?.push(certificate);
    chars += size;
  }
  return parts.map((part, index) => {
    const more = index + 1 < parts.length;
    return {
      type: 'tls',
      more,
      certificates: part,
      ...(more ? NOTHING : rest),
    };
  });
}
