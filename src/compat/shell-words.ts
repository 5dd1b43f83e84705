/** Splits a text as a POSIX shell would, without expanding anything (Python's shlex.split). Null: a quote is open. */
export function shellWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return null;
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, at + 1);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      if (at + 1 >= text.length) return null;
      word = (word ?? '') + (text[++at] ?? '');
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): { text: string; end: number } | null {
  let inside = '';
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') return { text: inside, end: at };
    const next = text[at + 1];
    if (char === '\\' && (next === '"' || next === '\\')) {
      inside += next;
      at++;
    } else inside += char;
  }
  return null;
}
