interface Latin1Slicer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, start: number, length: number): number;
}

/**
 * Bytes as text, one latin-1 code point each. What Buffer.toString('latin1') calls in the end, without the way there.
 */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & Latin1Slicer).latin1Slice(start, end);
}

/** The other way: text into bytes from `start` on, where there is room for it. */
export function writeLatin1(bytes: Buffer, text: string, start: number): void {
  (bytes as Buffer & Latin1Slicer).latin1Write(text, start, text.length);
}
