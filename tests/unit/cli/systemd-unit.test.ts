import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBind } from '../../../src/config/bind.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/config/options.ts';
import { RUNTIME_DIRECTORY, serviceUnit, socketUnit, type UnitFacts } from '../../../src/cli/systemd-unit.ts';

function facts(more: Partial<UnitFacts> = {}, settings: Partial<Settings> = {}): UnitFacts {
  return {
    name: 'shop',
    command: ['/usr/bin/node', '/opt/licorne', 'shop.wsgi', '--run-dir', `${RUNTIME_DIRECTORY}/licorne-shop`],
    reload: ['/usr/bin/node', '/opt/licorne', 'reload', '--run-dir', `${RUNTIME_DIRECTORY}/licorne-shop`],
    cwd: '/srv/shop',
    env: {},
    python: null,
    user: 'www-data',
    settings: { ...DEFAULT_SETTINGS, ...settings },
    binds: [parseBind('127.0.0.1:8000')],
    ordersCertificates: false,
    bootTimeout: 60,
    paths: ['/srv/shop', '/usr/bin'],
    ...more,
  };
}

function lineOf(unit: string, key: string): string | undefined {
  return unit
    .split('\n')
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);
}

test('systemd waits longer than the server needs to start and to stop', () => {
  const unit = serviceUnit(facts({ bootTimeout: 100 }, { graceful_timeout: 20.5, drain_delay: 10 }));
  assert.equal(lineOf(unit, 'TimeoutStopSec'), '46');
  assert.equal(lineOf(unit, 'TimeoutStartSec'), '130');
  assert.equal(lineOf(unit, 'KillMode'), 'mixed');
  assert.equal(lineOf(unit, 'Type'), 'notify');
});

test('words of the command line come out of systemd as they were', () => {
  const unit = serviceUnit(facts({ command: ['/bin/node', 'a b', '50%', '$HOME', 'say "\\"', '', ';'] }));
  assert.equal(lineOf(unit, 'ExecStart'), '/bin/node "a b" 50%% "$$HOME" "say \\"\\\\\\"" "" ";"');
});

test('the run directory is one that systemd makes, unless another was chosen', () => {
  const unit = serviceUnit(facts());
  assert.equal(lineOf(unit, 'RuntimeDirectory'), 'licorne-shop');
  assert.match(lineOf(unit, 'ExecStart') ?? '', / --run-dir %t\/licorne-shop$/);
  assert.equal(lineOf(serviceUnit(facts({}, { run_dir: '/run/x' })), 'RuntimeDirectory'), undefined);
});

test('certificates that are ordered have a folder that systemd keeps, unless another was chosen', () => {
  assert.equal(lineOf(serviceUnit(facts()), 'StateDirectory'), undefined);
  const unit = serviceUnit(facts({ ordersCertificates: true }));
  assert.equal(lineOf(unit, 'StateDirectory'), 'licorne-shop');
  assert.equal(lineOf(unit, 'StateDirectoryMode'), '0700');
  const chosen = serviceUnit(facts({ ordersCertificates: true }, { acme_dir: '/srv/acme' }));
  assert.equal(lineOf(chosen, 'StateDirectory'), undefined);
});

test('what another start would not mend is not tried again, and a worker out of memory is not the end', () => {
  assert.equal(lineOf(serviceUnit(facts()), 'RestartPreventExitStatus'), '2 3 4');
  assert.equal(lineOf(serviceUnit(facts()), 'OOMPolicy'), 'continue');
});

test('a folder of its own below /var/log is made by systemd', () => {
  assert.equal(lineOf(serviceUnit(facts()), 'LogsDirectory'), undefined);
  const unit = serviceUnit(facts({}, { error_log: '/var/log/shop/error.log' }));
  assert.equal(lineOf(unit, 'LogsDirectory'), 'shop');
  assert.equal(lineOf(serviceUnit(facts({}, { error_log: '/var/log/other/e' })), 'LogsDirectory'), undefined);
});

test('a low port is a capability, and nothing else is', () => {
  const low = serviceUnit(facts({ binds: [parseBind(':443')] }));
  assert.equal(lineOf(low, 'AmbientCapabilities'), 'CAP_NET_BIND_SERVICE');
  assert.equal(lineOf(low, 'CapabilityBoundingSet'), 'CAP_NET_BIND_SERVICE');
  const high = serviceUnit(facts());
  assert.equal(lineOf(high, 'AmbientCapabilities'), undefined);
  assert.equal(lineOf(high, 'CapabilityBoundingSet'), '');
});

test('folders that the service needs are not hidden from it', () => {
  assert.equal(lineOf(serviceUnit(facts()), 'ProtectHome'), 'true');
  assert.equal(lineOf(serviceUnit(facts({ paths: ['/home/ann/shop'] })), 'ProtectHome'), undefined);
  assert.equal(lineOf(serviceUnit(facts()), 'PrivateTmp'), 'true');
  assert.equal(lineOf(serviceUnit(facts({ binds: [parseBind('unix:/tmp/a')] })), 'PrivateTmp'), undefined);
  assert.equal(lineOf(serviceUnit(facts({ paths: ['/tmp'] })), 'PrivateTmp'), undefined);
});

test('user, group and umask', () => {
  const unit = serviceUnit(facts({}, { group: 'web', umask: '0o27' }));
  assert.deepEqual(
    ['User', 'Group', 'UMask'].map((key) => lineOf(unit, key)),
    ['www-data', 'web', '0027'],
  );
  assert.match(serviceUnit(facts({ user: '' })), /# Nobody is named, so this runs as root/);
});

test('a socket unit has what the server would bind', () => {
  const binds = [':80', '[::1]:81', 'unix:/run/a.sock'].map(parseBind);
  const unit = socketUnit(facts({ binds }, { socket_mode: 0o660, backlog: 99 }));
  assert.ok(typeof unit === 'string');
  assert.deepEqual(
    unit.split('\n').filter((line) => /^(Listen|Socket|Bind|Backlog)/.test(line)),
    [
      'ListenStream=0.0.0.0:80',
      'ListenStream=[::1]:81',
      'ListenStream=/run/a.sock',
      'SocketMode=0660',
      'BindIPv6Only=ipv6-only',
      'Backlog=99',
    ],
  );
});

test('what systemd cannot bind is told', () => {
  for (const [bind, fault] of [
    ['localhost:80', /needs an IP address/],
    ['127.0.0.1:0', /and a port/],
    ['fd://3', /is a descriptor already/],
  ] as const) {
    const unit = socketUnit(facts({ binds: [parseBind(bind)] }));
    assert.ok(typeof unit !== 'string');
    assert.match(unit.fault, fault);
  }
});
