// PEP 3333 and the server's promises around it, over the real server: bare and under wsgiref.validate, over TCP and Unix sockets.
import { test } from 'node:test';
import { apps } from '../helpers/paths.ts';
import { behaviours } from './behaviours.ts';
import { groupsFor, runGroup, type Way } from './run.ts';

/** Apps that break PEP 3333 on purpose (tests/apps/plain/README.md), which the validator would tell them. */
const BREAKING =
  /^(?:bad_|content_length_|start_response_twice|no_start_|hop_by_hop|str_body|none_body|raise_|exit_now|sys_exit|input_whole|body_where)/;

const bareWay: Way = { interface: 'wsgi', target: 'app:application', folder: 'plain', pythonpath: apps };
const validatedWay: Way = {
  ...bareWay,
  target: 'validated:application',
  env: { LICORNE_TEST_APP: 'app:application' },
};

for (const [title, group] of groupsFor('wsgi', behaviours)) {
  test(title, (t) => runGroup(t, group, bareWay));
  const valid = group.filter(({ app, bare }) => bare !== true && !BREAKING.test(app));
  if (valid.length > 0) test(`${title}, under wsgiref.validate`, (t) => runGroup(t, valid, validatedWay));
}
