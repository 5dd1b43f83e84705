/** A prefix as other servers let people write it (`/shop/`, `/`) in the form of root_path. */
export function pathPrefix(text: string): string {
  return text.replace(/\/+$/, '');
}
