// Pictures of how figures grow with the number of files, as SVG.
// Both axes are logarithmic. The colours follow the reader's light or dark theme.

export type Point = { readonly files: number; readonly value: number };
export type Line = { readonly who: string; readonly points: readonly Point[] };
export type Panel = { readonly title: string; readonly unit: string; readonly lines: readonly Line[] };

const columns = 2;
const panelWidth = 340;
const panelHeight = 240;
const margin = { left: 46, right: 22, top: 40, bottom: 40 };
const legendHeight = 34;
const style = `<style>
.ground { fill: #ffffff } text { fill: #1f2328; font: 12px sans-serif } .title { font-weight: bold }
.grid { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2 }
.s0 { stroke: #0969da; fill: #0969da } .s1 { stroke: #bc4c00; fill: #bc4c00 } .s2 { stroke: #6e7781; fill: #6e7781 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #3d444d }
.s0 { stroke: #4493f8; fill: #4493f8 } .s1 { stroke: #f0883e; fill: #f0883e } .s2 { stroke: #9198a1; fill: #9198a1 }
}
</style>`;

const escape = (value: string): string =>
  value.replace(/[<>&"]/gu, (char) => `&#${String(char.codePointAt(0))};`);
const rounded = (value: number): string => value.toFixed(1);

/** Whole powers of ten around the values. */
function decades(values: readonly number[]): { readonly from: number; readonly to: number } {
  const from = Math.floor(Math.log10(Math.min(...values)));
  return { from, to: Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

function ticks({ from, to }: { readonly from: number; readonly to: number }): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function tickText(decade: number): string {
  const names: Readonly<Record<number, string>> = { 3: '1k', 4: '10k', 5: '100k', 6: '1M' };
  return names[decade] ?? String(Number((10 ** decade).toPrecision(1)));
}

function drawPanel({ title, unit, lines }: Panel, names: readonly string[]): string {
  const points = lines.flatMap((line) => line.points);
  const across = decades(points.map(({ files }) => files));
  const upward = decades(points.map(({ value }) => value));
  const width = panelWidth - margin.left - margin.right;
  const height = panelHeight - margin.top - margin.bottom;
  const x = (power: number): number =>
    margin.left + ((power - across.from) / (across.to - across.from)) * width;
  const y = (power: number): number =>
    margin.top + height - ((power - upward.from) / (upward.to - upward.from)) * height;
  const grid = [
    ...ticks(across).map((power) => {
      const at = rounded(x(power));
      const label = `<text x="${at}" y="${String(margin.top + height + 18)}" text-anchor="middle">${tickText(power)}</text>`;
      return `<line class="grid" x1="${at}" x2="${at}" y1="${String(margin.top)}" y2="${String(margin.top + height)}"/>${label}`;
    }),
    ...ticks(upward).map((power) => {
      const at = rounded(y(power));
      const label = `<text x="${String(margin.left - 6)}" y="${rounded(y(power) + 4)}" text-anchor="end">${tickText(power)}</text>`;
      return `<line class="grid" x1="${String(margin.left)}" x2="${String(margin.left + width)}" y1="${at}" y2="${at}"/>${label}`;
    }),
  ];
  const drawn = lines.map((line) => {
    const kind = `s${String(names.indexOf(line.who))}`;
    const places = line.points.map(({ files, value }) => ({
      at: `${rounded(x(Math.log10(files)))},${rounded(y(Math.log10(value)))}`,
      told: `${line.who}, ${String(files)} files: ${value.toPrecision(3)} ${unit}`,
    }));
    const dots = places.map(({ at, told }) => {
      const [cx = '', cy = ''] = at.split(',');
      return `<circle class="${kind}" cx="${cx}" cy="${cy}" r="3"><title>${escape(told)}</title></circle>`;
    });
    const stroke = `<polyline class="line ${kind}" style="fill:none" points="${places.map(({ at }) => at).join(' ')}"/>`;
    return `${stroke}${dots.join('')}`;
  });
  const heading = `<text class="title" x="${String(margin.left)}" y="24">${escape(`${title}, ${unit}`)}</text>`;
  const below = `<text x="${String(margin.left + width / 2)}" y="${String(panelHeight - 6)}" text-anchor="middle">files</text>`;
  return [heading, ...grid, ...drawn, below].join('\n');
}

/** Panels two in a row, with one legend below them. Values and counts must be above zero. */
export function plot(panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ who }) => who)))];
  const width = panelWidth * Math.min(columns, panels.length);
  const height = panelHeight * Math.ceil(panels.length / columns) + legendHeight;
  const groups = panels.map((panel, index) => {
    const at = `${String(panelWidth * (index % columns))} ${String(panelHeight * Math.floor(index / columns))}`;
    return `<g transform="translate(${at})">\n${drawPanel(panel, names)}\n</g>`;
  });
  const legend = names.map((name, index) => {
    const at = margin.left + index * 180;
    const line = `<line class="line s${String(index)}" x1="${String(at)}" x2="${String(at + 24)}" y1="${String(height - 18)}" y2="${String(height - 18)}"/>`;
    return `${line}<text x="${String(at + 32)}" y="${String(height - 14)}">${escape(name)}</text>`;
  });
  const size = `width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}"`;
  const ground = `<rect class="ground" width="${String(width)}" height="${String(height)}"/>`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escape(panels.map(({ title }) => title).join('; '))}">`;
  return `${[open, style, ground, ...groups, ...legend, '</svg>'].join('\n')}\n`;
}
