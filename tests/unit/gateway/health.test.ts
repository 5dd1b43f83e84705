import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../../src/gateway/health.ts';

test('ready means open, not about to stop, and a worker for each app that is to have one', () => {
  const apps = [
    { name: 'app', ready: false, onDemand: false },
    { name: 'chat', ready: false, onDemand: false },
    { name: 'rare', ready: false, onDemand: true },
  ];
  const health = new Health(() => apps);
  assert.deepEqual(health.reasons, ['the server is starting']);
  health.serving = true;
  assert.deepEqual(health.reasons, ['no worker of app is ready', 'no worker of chat is ready']);
  for (const app of apps) app.ready = app.name !== 'rare';
  assert.deepEqual(health.reasons, []);
  health.leaving = true;
  assert.deepEqual(health.reasons, ['the server is stopping']);
});
