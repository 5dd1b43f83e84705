import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayAccess } from '../../../src/cli/gateway-access.ts';
import type { AccessValues } from '../../../src/config/access-keys.ts';

function access(own: AccessValues, site: AccessValues = {}) {
  return gatewayAccess({ own, site, siteName: 'site', name: 'location' });
}

test('nothing said is nothing done', () => {
  assert.equal(access({}), null);
  assert.equal(access({ allow: [], rate_limit: [], bandwidth: 0, security_headers: 'off' }), null);
});

test('allow and deny are rules in their short form', () => {
  assert.deepEqual(access({ allow: ['10.0.0.0/8', 'unix'] })?.addresses, [
    { allow: true, network: '10.0.0.0/8' },
    { allow: true, network: 'unix' },
    { allow: false, network: '*' },
  ]);
  assert.deepEqual(access({ deny: ['all'] })?.addresses, [{ allow: false, network: '*' }]);
  assert.deepEqual(access({ access: ['deny 10.0.0.9', 'allow all'] })?.addresses, [
    { allow: false, network: '10.0.0.9' },
    { allow: true, network: '*' },
  ]);
});

test('a location says all of a subject, or has it from its site', () => {
  const site: AccessValues = {
    allow: ['10.0.0.1'],
    rate_limit: ['1/s'],
    rate_limit_burst: 9,
    bandwidth: 4096,
  };
  const spec = access({ deny: ['10.0.0.2'], rate_limit: ['2/s'], bandwidth: 0 }, site);
  assert.deepEqual(spec?.addresses, [{ allow: false, network: '10.0.0.2' }]);
  assert.equal(spec?.rate?.burst, 0);
  assert.equal(spec?.bytesPerSecond, 0);
  assert.equal(access({ deny: ['10.0.0.2'] }, site)?.rate?.burst, 9);
});

test('what is limited by the site is counted for the site', () => {
  const site: AccessValues = { rate_limit: ['1/s'], concurrency_max: 2 };
  const spec = access({ rate_limit: ['1/s'] }, site);
  assert.equal(spec?.rate?.counter, 'location');
  assert.equal(spec?.concurrency?.counter, 'site');
});
