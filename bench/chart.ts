// Bars by server as SVG: one panel for each work, readable on light and dark pages, and by programs that read pictures aloud. Pure.
import { readable, times } from './numbers.ts';

export interface Panel {
  readonly title: string;
  /** Longest bar wanted first. */
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Drawn in the colour of the house. */
  readonly ours: boolean;
}

export interface ChartOptions {
  readonly title: string;
  /** Machine, versions: what a reader has to know. */
  readonly subtitle: string;
  readonly unit: string;
}

/** Units of the picture's own coordinates; it is scaled to the page. */
const WIDTH = 860;
const MARGIN = 24;
const NAMES = 150;
const FIGURES = 150;
const BAR = 20;
const STEP = 28;
const HEADER = 84;
const PANEL_HEAD = 40;
const PANEL_GAP = 18;

/** The picture, as the text of an SVG file. Each panel has a scale of its own, from zero. */
export function chart(panels: readonly Panel[], { title, subtitle, unit }: ChartOptions): string {
  let y = HEADER;
  const parts: string[] = [];
  for (const panel of panels) {
    parts.push(...drawPanel(panel, y));
    y += PANEL_HEAD + panel.bars.length * STEP + PANEL_GAP;
  }
  const height = y + MARGIN - PANEL_GAP;
  const summary = panels
    .map(
      (panel) =>
        `${panel.title}: ${panel.bars.map((bar) => `${bar.name} ${readable(bar.value)}`).join(', ')}`,
    )
    .join('. ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="summary">${escape(`${unit}. ${summary}.`)}</desc>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="40">${escape(title)}</text>`,
    `<text class="subtitle" x="${MARGIN}" y="64">${escape(subtitle)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(panel: Panel, top: number): string[] {
  const largest = Math.max(...panel.bars.map((bar) => bar.value), Number.MIN_VALUE);
  const ours = panel.bars.find((bar) => bar.ours)?.value;
  const left = MARGIN + NAMES;
  const room = WIDTH - MARGIN - FIGURES - left;
  const parts = [`<text class="panel" x="${MARGIN}" y="${top + 24}">${escape(panel.title)}</text>`];
  for (const [index, bar] of panel.bars.entries()) {
    const y = top + PANEL_HEAD + index * STEP;
    const width = Math.max(2, Math.round((bar.value / largest) * room));
    const middle = y + BAR / 2 + 5;
    const kind = bar.ours ? ' ours' : '';
    const share = bar.ours || ours === undefined ? '' : ` · ${times(bar.value / ours)} ×`;
    parts.push(
      `<text class="name${kind}" x="${left - 10}" y="${middle}">${escape(bar.name)}</text>`,
      `<rect class="bar${kind}" x="${left}" y="${y}" width="${width}" height="${BAR}" rx="3"/>`,
      `<text class="figure${kind}" x="${left + width + 8}" y="${middle}">${escape(readable(bar.value) + share)}</text>`,
    );
  }
  return parts;
}

const STYLE = `<style>
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 14px; fill: #24292f }
  .page { fill: #ffffff }
  .title { font-size: 20px; font-weight: 600 }
  .subtitle { font-size: 12px; fill: #59636e }
  .panel { font-size: 15px; font-weight: 600 }
  .name { text-anchor: end }
  .figure { fill: #59636e; font-variant-numeric: tabular-nums }
  .bar { fill: #aeb8c4 }
  .bar.ours { fill: #8a4fd3 }
  text.ours { font-weight: 600; fill: #6f36b5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .page { fill: #0d1117 }
    .subtitle, .figure { fill: #9da7b3 }
    .bar { fill: #4b5663 }
    .bar.ours { fill: #a678e8 }
    text.ours { fill: #c9a8f5 }
  }
</style>`;

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
