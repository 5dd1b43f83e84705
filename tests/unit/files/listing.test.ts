import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { FileRoot } from '../../../src/files/file-root.ts';
import { listingFields, listingHtml, listingJson } from '../../../src/files/listing-page.ts';
import { listingOrder } from '../../../src/files/listing-order.ts';
import { NAMES_READ_MAX, readListing } from '../../../src/files/listing.ts';
import type { Listing } from '../../../src/files/listing.ts';
import { Listings } from '../../../src/files/listings.ts';
import { isMiss } from '../../../src/files/miss.ts';
import type { Miss } from '../../../src/files/miss.ts';
import { Folder, THEN } from './folder.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const byName = { sort: 'name', descending: false, page: 1 } as const;

function rootOf(dir: string): FileRoot {
  return new FileRoot({ dir, symlinks: 'inside', dotfiles: false });
}

async function list(root: FileRoot, name = ''): Promise<Listing> {
  const listing = await new Promise<Listing | Miss>((done) => readListing(root, name, done));
  if (isMiss(listing)) throw new Error(listing.miss);
  return listing;
}

test('a listing shows files and folders that would be served, and nothing else', async (t) => {
  const folder = new Folder(t);
  folder.write('root/a.txt', '12345');
  folder.write('root/.env', 'secret');
  folder.write('root/.well-known/x', '');
  folder.write('root/sub/.well-known/x', '');
  folder.write('root/sub/b', '');
  symlinkSync('a.txt', folder.at('root/link'));
  symlinkSync('sub', folder.at('root/sublink'));
  symlinkSync('/etc', folder.at('root/etc'));
  symlinkSync('/etc/passwd', folder.at('root/passwd'));
  symlinkSync('nowhere', folder.at('root/dangling'));
  spawnSync('mkfifo', [folder.at('root/pipe')]);
  const { entries, truncated } = await list(rootOf(folder.at('root')));
  assert.equal(truncated, false);
  const shown = entries.map(({ name, directory, size }) => `${name} ${directory} ${size}`).sort();
  assert.deepEqual(shown, [
    '.well-known true 0',
    'a.txt false 5',
    'link false 5',
    'sub true 0',
    'sublink true 0',
  ]);
  assert.equal(entries.find(({ name }) => name === 'a.txt')?.mtimeMs, THEN * 1000);
  assert.deepEqual(
    (await list(rootOf(folder.at('root')), 'sub/')).entries.map(({ name }) => name),
    ['b'],
  );
});

test('a folder that a link leads out to is not listed, nor a file, nor what is not there', async (t) => {
  const folder = new Folder(t);
  folder.write('root/a', '');
  symlinkSync('/etc', folder.at('root/etc'));
  const root = rootOf(folder.at('root'));
  await assert.rejects(list(root, 'etc'), /symlink/);
  await assert.rejects(list(root, 'a'), /missing/);
  await assert.rejects(list(root, 'nothing'), /missing/);
  await assert.rejects(list(root, '..'), /invalid/);
  await assert.rejects(list(root, '.git'), /hidden/);
});

test('of a folder too large for that only a part is read, and it says so', async (t) => {
  const folder = new Folder(t);
  mkdirSync(folder.at('root'));
  const made = spawnSync('sh', ['-c', `seq ${NAMES_READ_MAX + 5} | sed "s/^/f/" | xargs touch`], {
    cwd: folder.at('root'),
  });
  assert.equal(made.status, 0);
  const listing = await list(rootOf(folder.at('root')));
  assert.equal(listing.entries.length, NAMES_READ_MAX);
  assert.equal(listing.truncated, true);
  const html = String(listingHtml({ path: '/f/', top: '/f/' }, listing, byName));
  assert.match(html, /too large to be shown whole: these are 20,000 of its entries/);
  assert.ok(!listingFields(listing, byName).includes('X-Total-Count'));
});

test('a large folder is sorted as a whole and shown in pages that lead to each other', () => {
  const entries = Array.from({ length: 4_500 }, (_, i) =>
    file(`f${String((i * 7_919) % 4_500).padStart(4, '0')}`, i),
  );
  const listing = listed(...entries);
  const all = [1, 2, 3].flatMap((page) => names(listing, `page=${page}`));
  assert.equal(names(listing, '').length, 2_000);
  assert.deepEqual(all, entries.map(({ name }) => name).sort());
  assert.deepEqual(names(listing, 'page=99'), names(listing, 'page=3'));
  assert.deepEqual(names(listing, 'page=0'), names(listing, ''));
  assert.deepEqual(names(listing, 'page=-1'), names(listing, ''));
  assert.equal(names(listing, 'sort=size&order=desc&page=2')[0], entries[2_499]?.name);
  const fields = (query: string): readonly string[] => listingFields(listing, listingOrder(query));
  assert.deepEqual(fields(''), [
    ...['X-Total-Count', '4500', 'Link', '<?page=2>; rel="next", <?page=3>; rel="last"'],
  ]);
  assert.equal(
    fields('sort=size&page=2')[3],
    '<?sort=size&order=asc>; rel="first", <?sort=size&order=asc>; rel="prev", <?sort=size&order=asc&page=3>; rel="next", <?sort=size&order=asc&page=3>; rel="last"',
  );
  assert.equal(fields('page=3')[3], '<./>; rel="first", <?page=2>; rel="prev"');
  const html = String(listingHtml({ path: '/', top: '/' }, listing, listingOrder('page=2')));
  assert.equal(html.split('<a rel="prev" href="./">Previous</a>').length, 3, 'above and below');
  assert.equal(html.split('<a rel="next" href="?page=3">Next</a>').length, 3);
  assert.match(html, /2,001–4,000 of 4,500/);
  const small = listed(file('a'));
  assert.doesNotMatch(String(listingHtml({ path: '/', top: '/' }, small, byName)), /<nav/);
  assert.deepEqual(listingFields(small, byName), ['X-Total-Count', '1']);
});

test('a folder that took long to read is not read again at once', async (t) => {
  const folder = new Folder(t);
  folder.write('root/a', '');
  const root = rootOf(folder.at('root'));
  let time = 0;
  const listings = new Listings(() => time);
  const read = (): Promise<Listing | Miss> => new Promise((done) => listings.read(root, '', done));
  const first = read();
  time = 900;
  const listing = await first;
  time = 4_000;
  assert.equal(await read(), listing);
  time = 4_501;
  assert.notEqual(await read(), listing);
});

test('a folder is read once for all who ask within a second', async (t) => {
  const folder = new Folder(t);
  folder.write('root/a', '');
  const root = rootOf(folder.at('root'));
  let time = 0;
  const listings = new Listings(() => time);
  const read = (name = ''): Promise<Listing | Miss> => new Promise((done) => listings.read(root, name, done));
  const [one, two] = await Promise.all([read(), read()]);
  assert.equal(one, two);
  folder.write('root/b', '');
  assert.equal(await read(), one);
  time = 1001;
  const later = await read();
  assert.ok(!isMiss(later) && later.entries.length === 2);
  assert.ok(isMiss(await read('nothing')));
  folder.write('root/nothing/x', '');
  assert.ok(!isMiss(await read('nothing')), 'a miss is not kept');
});

const file = (name: string, size = 1, mtimeMs = THEN * 1000) => ({ name, directory: false, size, mtimeMs });
const dir = (name: string) => ({ name, directory: true, size: 0, mtimeMs: THEN * 1000 });
const listed = (...entries: ReturnType<typeof file>[]): Listing => ({ entries, truncated: false });

function names(listing: Listing, query: string): string[] {
  const json = JSON.parse(String(listingJson(listing, listingOrder(query)))) as { name: string }[];
  return json.map(({ name }) => name);
}

test('a listing is sorted by what the query says, folders first, names as people count', () => {
  const listing = listed(
    file('file10', 30, 3000),
    file('file2', 10, 9000),
    dir('zoo'),
    file('File1', 20, 6000),
    dir('b'),
  );
  assert.deepEqual(names(listing, ''), ['b', 'zoo', 'File1', 'file2', 'file10']);
  assert.deepEqual(names(listing, 'sort=name&order=desc'), ['zoo', 'b', 'file10', 'file2', 'File1']);
  assert.deepEqual(names(listing, 'sort=size'), ['b', 'zoo', 'file2', 'File1', 'file10']);
  assert.deepEqual(names(listing, 'sort=size&order=desc'), ['b', 'zoo', 'file10', 'File1', 'file2']);
  assert.deepEqual(names(listing, 'sort=time&order=asc'), ['b', 'zoo', 'file10', 'File1', 'file2']);
  assert.deepEqual(names(listing, 'sort=%00&order[]=x'), ['b', 'zoo', 'File1', 'file2', 'file10']);
});

test('times say their zone, and no column is hidden on a narrow screen', () => {
  const html = String(listingHtml({ path: '/', top: '/' }, listed(file('a')), byName));
  assert.match(html, />Changed \(UTC\)</);
  assert.match(html, /table-layout:fixed/);
  assert.doesNotMatch(html, /display:none/);
});

test('names are escaped in text and encoded byte by byte in links', () => {
  const listing = listed(
    file('<script>alert(1)</script>&"\'.html'),
    file(bytes('naïve ☃?#%.txt')),
    file('javascript:alert(1)'),
    file('\xff\xfe.bin'),
    file('a\nb\x1b'),
  );
  const html = String(listingHtml({ path: '/<b>/', top: '/<b>/' }, listing, byName));
  assert.ok(!html.includes('<script>') && !html.includes('<b>'));
  assert.ok(html.includes('href="./na%C3%AFve%20%E2%98%83%3F%23%25.txt"'));
  assert.ok(html.includes('<bdi>naïve ☃?#%.txt</bdi>'));
  assert.ok(html.includes('href="./javascript%3Aalert%281%29"'));
  assert.ok(html.includes('href="./%FF%FE.bin"'));
  assert.ok(html.includes('<bdi>a\ufffdb\ufffd</bdi>'));
  const json = JSON.parse(String(listingJson(listing, byName))) as { href: string }[];
  assert.ok(json.some(({ href }) => href === './%FF%FE.bin'));
});

test('the path is a row of links, up to where the location begins', () => {
  const html = String(listingHtml({ path: '/media/2024/may/', top: '/media/' }, listed(), byName));
  assert.ok(html.includes('<a href="../../"><bdi>/media</bdi></a>'));
  assert.ok(html.includes('<a href="../"><bdi>2024</bdi></a>'));
  assert.ok(html.includes('<bdi>may</bdi></h1>'));
  assert.ok(html.includes('<a href="../">..</a>'));
  assert.ok(html.includes('This folder is empty.'));
  const top = String(listingHtml({ path: '/', top: '/' }, listed(file('a', 1536)), byName));
  assert.ok(!top.includes('..'));
  assert.ok(top.includes('<td title="1536 bytes">1.5 KiB<td><time datetime="2024-01-01T00:00:00.000Z">'));
});

test('columns turn round, and folders keep the order', () => {
  const order = listingOrder('sort=size&order=asc');
  const html = String(listingHtml({ path: '/', top: '/' }, listed(dir('d'), file('f')), order));
  assert.ok(html.includes('aria-sort="ascending"><a href="?sort=size&amp;order=desc">Size ↑</a>'));
  assert.ok(html.includes('<a href="?sort=name&amp;order=asc">Name</a>'));
  assert.ok(html.includes('href="./d/?sort=size&amp;order=asc"'));
  assert.ok(html.includes('href="./f"'));
});

test('JSON is what nginx calls autoindex_format json, with addresses', () => {
  const listing = listed(file('a b', 7), dir('d'));
  assert.deepEqual(JSON.parse(String(listingJson(listing, byName))), [
    { name: 'd', type: 'directory', mtime: 'Mon, 01 Jan 2024 00:00:00 GMT', href: './d/' },
    { name: 'a b', type: 'file', mtime: 'Mon, 01 Jan 2024 00:00:00 GMT', size: 7, href: './a%20b' },
  ]);
});
