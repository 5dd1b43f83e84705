/** A name's bytes as a person reads them: UTF-8 if they are, else latin-1. Control characters are made visible. */
export function displayName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  let text = name;
  try {
    text = utf8.decode(bytes);
  } catch {
    // Named on an older system.
  }
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** A name's bytes in a URL; the result needs no more escaping in HTML. */
export function encodeName(name: string): string {
  return name.replace(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
