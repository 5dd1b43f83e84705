/** The version of everything in docs/internals/wire.md; both ends of a link and of a control channel must have the same. */
export const PROTOCOL_VERSION = 2;
