import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chart } from '../../../bench/chart.ts';

const bars = [
  { name: 'licorne', value: 20_000, ours: true },
  { name: 'other <& "server"', value: 5_000, ours: false },
];
const svg = chart([{ title: 'Hello', bars }], {
  title: 'Requests per second',
  subtitle: 'a machine',
  unit: 'Requests per second',
});

test('bars are as long as their values, from zero', () => {
  const widths = [...svg.matchAll(/<rect class="bar[^"]*" .*? width="(\d+)"/g)].map((match) =>
    Number(match[1]),
  );
  assert.equal(widths.length, 2);
  const [ours = 0, other = 0] = widths;
  assert.ok(Math.abs(other / ours - 0.25) < 0.01);
});

test('nothing is drawn outside of the picture', () => {
  const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
  for (const [, x, y, w, h] of svg.matchAll(
    /<rect class="bar[^"]*" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g,
  )) {
    assert.ok(Number(x) + Number(w) < width - 100, 'there is room for the figure');
    assert.ok(Number(y) + Number(h) < height);
  }
});

test('names are text and not markup, and the values are there for who cannot see the bars', () => {
  assert.match(svg, /other &lt;&amp; &quot;server&quot;/);
  assert.doesNotMatch(svg, /<& /);
  assert.match(svg, /<desc id="summary">[^<]*licorne 20,000/);
  assert.match(svg, />5,000 · 0\.25 ×</);
});

test('it has colours for dark pages', () => {
  assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
});

test('a panel without any value is drawn, too', () => {
  assert.doesNotMatch(
    chart([{ title: 'Empty', bars: [] }], { title: 'a', subtitle: 'b', unit: 'c' }),
    /NaN|Infinity/,
  );
});
