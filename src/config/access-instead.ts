/** What other servers call the keys about access. */
export const INSTEAD_OF_ACCESS_KEYS: Readonly<Record<string, string>> = {
  auth: 'did you mean `basic_auth`, or `auth_request`?',
  auth_basic: 'use `basic_auth`, the file, and `basic_auth_realm`, its text',
  auth_basic_user_file: 'did you mean `basic_auth`?',
  auth_request_set: 'use `auth_request_headers`',
  forward_auth: 'did you mean `auth_request`?',
  limits: 'use `rate_limit`, `concurrency_max`, `bandwidth`; what clients may send and hold is in [limits]',
  limit_req: 'did you mean `rate_limit`?',
  limit_conn: 'did you mean `concurrency_max`?',
  limit_rate: 'did you mean `bandwidth`?',
  burst: 'did you mean `rate_limit_burst`?',
  cors: 'did you mean `cors_origins`?',
};
