// Projects that are written for one test and changed while they are served.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Project {
  folder: string;
  /** Writes a file in place. */
  write: (name: string, text: string) => void;
  /** As editors do it: a new file takes the place of the old one. */
  replace: (name: string, text: string) => void;
  remove: (name: string) => void;
}

/** A folder with these files, gone at the end of the test. */
export function project(t: TestContext, files: Readonly<Record<string, string>>): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'licorne-dev-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): void => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    write,
    replace: (name, text) => {
      write(`${name}.new~`, text);
      renameSync(join(folder, `${name}.new~`), join(folder, name));
    },
    remove: (name) => rmSync(join(folder, name), { recursive: true }),
  };
}

/** A WSGI application that answers with a text. */
export function wsgiApp(answer: string, more = ''): string {
  return `${more}
def app(environ, start_response):
    body = ${answer}.encode()
    start_response('200 OK', [('Content-Type', 'text/html; charset=utf-8'), ('Content-Length', str(len(body)))])
    return [body]
`;
}

/** A Django project with one page from a template, and one static file. */
export function djangoFiles(debug = true): Readonly<Record<string, string>> {
  return {
    'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    'shop/__init__.py': '',
    'shop/settings.py': `
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = 'not secret'
DEBUG = ${debug ? 'True' : 'False'}
ALLOWED_HOSTS = ['localhost', '127.0.0.1']
ROOT_URLCONF = 'shop.urls'
WSGI_APPLICATION = 'shop.wsgi.application'
INSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.staticfiles']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'DIRS': [BASE_DIR / 'pages']}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}
STATIC_URL = '/static/'
STATICFILES_DIRS = [BASE_DIR / 'assets']
`,
    'shop/urls.py':
      "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.index)]\n",
    'shop/views.py':
      "from django.shortcuts import render\n\n\ndef index(request):\n    return render(request, 'index.html', {'word': 'one'})\n",
    'shop/wsgi.py':
      "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n",
    'pages/index.html':
      '<!doctype html><html><head><link rel="stylesheet" href="/static/site.css"></head><body><h1>{{ word }}</h1><p>first</p></body></html>\n',
    'assets/site.css': 'h1 { color: rgb(1, 2, 3) }\n',
  };
}
