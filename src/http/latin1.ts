interface Latin1Slicer {
  latin1Slice(start: number, end: number): string;
}

/**
 * Bytes as text, one latin-1 code point each. What Buffer.toString('latin1') calls in the end, without the way there.
 */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & Latin1Slicer).latin1Slice(start, end);
}
