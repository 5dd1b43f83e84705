import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Discovery, discoverDjango, noApplication } from '../../../src/cli/discover.ts';
import { fakeTerminal } from './fake-terminal.ts';

const MANAGE = `#!/usr/bin/env python
import os
import sys

def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
`;

function discover(
  files: Record<string, string>,
  settings: string | null = null,
  folder = '.',
): Promise<Discovery> {
  return discoverDjango({
    files: fakeTerminal(files).files,
    folder,
    descend: folder === '.',
    settings: settings === null ? null : { module: settings, origin: { kind: 'flag', flag: '--settings' } },
  });
}

async function found(files: Record<string, string>, settings: string | null = null): Promise<string> {
  const { project, diagnostics } = await discover(files, settings);
  return project === null
    ? diagnostics.map((one) => one.message).join('; ')
    : `${project.folder} ${project.settingsModule} ${project.target}`;
}

test('a project is found by manage.py, its settings and their WSGI_APPLICATION', async () => {
  const files = {
    'manage.py': MANAGE,
    'mysite/settings.py': "DEBUG = True\nWSGI_APPLICATION = 'mysite.wsgi.app'\n",
  };
  assert.equal(await found(files), '. mysite.settings mysite.wsgi:app');
  const { project } = await discover(files);
  assert.deepEqual(project?.settingsOrigin, { kind: 'found', path: 'manage.py', line: 6 });
  assert.deepEqual(project?.targetOrigin, { kind: 'found', path: 'mysite/settings.py', line: 2 });
});

test('a project one folder down is found, and its folder becomes the project folder', async () => {
  const files = {
    'src/manage.py': MANAGE,
    'src/mysite/settings.py': "WSGI_APPLICATION = 'mysite.wsgi.application'\n",
  };
  assert.equal(await found(files), 'src mysite.settings mysite.wsgi:application');
});

test('without WSGI_APPLICATION the wsgi.py beside the settings is taken', async () => {
  assert.equal(
    await found({ 'manage.py': MANAGE, 'mysite/settings.py': '', 'mysite/wsgi.py': '' }),
    '. mysite.settings mysite.wsgi:application',
  );
});

test('a project without a WSGI application is served by its ASGI application', async () => {
  const settings = "ASGI_APPLICATION = 'mysite.routing.application'\n";
  const beside = { 'manage.py': MANAGE, 'mysite/settings.py': '', 'mysite/asgi.py': '' };
  assert.equal(await found(beside), '. mysite.settings mysite.asgi:application');
  const named = { 'manage.py': MANAGE, 'mysite/settings.py': settings };
  assert.equal(await found(named), '. mysite.settings mysite.routing:application');
  assert.deepEqual((await discover(named)).project?.targetOrigin, {
    kind: 'found',
    path: 'mysite/settings.py',
    line: 1,
  });
});

test('a project with both is served by its WSGI application', async () => {
  const files = {
    'manage.py': MANAGE,
    'mysite/settings.py': "ASGI_APPLICATION = 'mysite.asgi.application'\n",
    'mysite/asgi.py': '',
    'mysite/wsgi.py': '',
  };
  assert.equal(await found(files), '. mysite.settings mysite.wsgi:application');
});

test('settings in a package are followed to the file they import all from', async () => {
  const files = {
    'manage.py': MANAGE.replace('mysite.settings', 'config.settings.local'),
    'config/settings/__init__.py': '',
    'config/settings/local.py': 'from .base import *  # noqa\n',
    'config/settings/base.py': 'WSGI_APPLICATION = "config.wsgi.application"\n',
  };
  assert.equal(await found(files), '. config.settings.local config.wsgi:application');
});

test('settings that import each other end the search', async () => {
  const files = {
    'manage.py': MANAGE,
    'mysite/settings.py': 'from mysite.other import *\n',
    'mysite/other.py': 'from .settings import *\n',
  };
  assert.match(
    await found(files),
    /names no WSGI_APPLICATION or ASGI_APPLICATION, and there is no mysite\/wsgi\.py or mysite\/asgi\.py/,
  );
});

test('settings that a person named are stronger than those of manage.py', async () => {
  const files = {
    'manage.py': MANAGE,
    'mysite/settings.py': "WSGI_APPLICATION = 'mysite.wsgi.application'\n",
    'mysite/production.py': "WSGI_APPLICATION = 'mysite.production_wsgi.application'\n",
  };
  assert.equal(
    await found(files, 'mysite.production'),
    '. mysite.production mysite.production_wsgi:application',
  );
});

test('what is missing is named with its file', async () => {
  assert.match(
    await found({ 'manage.py': MANAGE }),
    /mysite\.settings is not in the project: there is no mysite\/settings\.py/,
  );
  assert.match(await found({ 'manage.py': 'print(1)' }), /manage\.py does not say which settings to use/);
});

test('several projects are an error that lists them', async () => {
  assert.equal(
    await found({ 'a/manage.py': MANAGE, 'b/manage.py': MANAGE }),
    'there are several Django projects here: a/manage.py, b/manage.py',
  );
});

test('folders that hold other things are not searched', async () => {
  const files = { 'venv/manage.py': MANAGE, '.git/manage.py': MANAGE, 'node_modules/manage.py': MANAGE };
  assert.deepEqual(await discover(files), { project: null, diagnostics: [] });
});

test('a folder that was named is not searched below', async () => {
  assert.deepEqual(await discover({ 'a/b/manage.py': MANAGE }, null, 'a'), {
    project: null,
    diagnostics: [],
  });
});

test('a lone module suggests the command that serves it', () => {
  const hint = (files: Record<string, string>): string | null =>
    noApplication(fakeTerminal(files).files, '.').hint;
  assert.equal(hint({ 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' }), 'try licorne app:app');
  assert.equal(hint({ 'main.py': 'application: Any = make()\n' }), 'try licorne main:application');
  assert.equal(
    hint({ 'app.py': 'def create_app(config=None):\n    pass\n' }),
    "try licorne 'app:create_app()'",
  );
  assert.equal(hint({ 'wsgi.py': 'def application(environ, start):\n' }), 'try licorne wsgi:application');
  assert.equal(hint({ 'main.py': 'async def app(scope, receive, send):\n' }), 'try licorne main:app');
  assert.match(
    hint({ 'server.py': 'site = Flask(__name__)\napplied = 1\n' }) ?? '',
    /as in licorne server:NAME$/,
  );
  assert.match(hint({}) ?? '', /looked for manage\.py in this folder/);
});
