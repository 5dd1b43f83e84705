/** What a file of settings says that is a Python program: it was run, and this is what was found. */
export type PythonSettings =
  | {
      /** Absolute. */
      readonly file: string;
      /** Those that are set, by their names. */
      readonly settings: Readonly<Record<string, PythonValue>>;
      /** Functions that the server is to call. */
      readonly hooks: readonly string[];
      /** What cannot be carried over, and why. */
      readonly faults: readonly { readonly name: string; readonly message: string }[];
    }
  | {
      /** `where`: the lines that the fault came through, in one line; may be empty. */
      readonly error: { readonly title: string; readonly where: string };
    };

export type PythonValue =
  | string
  | number
  | boolean
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };
