import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usableCpus } from '../../../src/base/cpus.ts';

function cpus(affinity: number, files: Readonly<Record<string, string>>): number {
  return usableCpus(affinity, (path) => files[path] ?? null);
}

test('without a quota as many processors are used as the process is bound to', () => {
  assert.equal(cpus(6, {}), 6);
  assert.equal(cpus(6, { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' }), 6);
});

test('a quota of cgroup v2 counts, that of a group above it too; a part of a processor is one', () => {
  const group = { '/proc/self/cgroup': '0::/docker/b\n' };
  assert.equal(cpus(8, { ...group, '/sys/fs/cgroup/docker/b/cpu.max': '150000 100000\n' }), 2);
  assert.equal(cpus(8, { ...group, '/sys/fs/cgroup/docker/b/cpu.max': '10000 100000\n' }), 1);
  assert.equal(
    cpus(8, {
      ...group,
      '/sys/fs/cgroup/docker/b/cpu.max': 'max 100000',
      '/sys/fs/cgroup/docker/cpu.max': '300000 100000',
    }),
    3,
  );
});

test('in a container the group is the root of what is mounted', () => {
  assert.equal(cpus(8, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }), 2);
});

test('a quota of cgroup v1 counts, wherever the controller is mounted', () => {
  const group = { '/proc/self/cgroup': '5:memory:/x\n4:cpu,cpuacct:/docker/c\n' };
  const at = (mount: string, quota: string) => ({
    ...group,
    [`${mount}/cpu.cfs_quota_us`]: quota,
    [`${mount}/cpu.cfs_period_us`]: '100000\n',
  });
  assert.equal(cpus(8, at('/sys/fs/cgroup/cpu/docker/c', '250000\n')), 3);
  assert.equal(cpus(8, at('/sys/fs/cgroup/cpu,cpuacct', '100000\n')), 1);
  assert.equal(cpus(8, at('/sys/fs/cgroup/cpu', '-1\n')), 8);
});

test('nonsense in these files is no limit', () => {
  assert.equal(cpus(4, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'x y\n' }), 4);
  assert.equal(cpus(4, { '/proc/self/cgroup': 'nonsense' }), 4);
});
