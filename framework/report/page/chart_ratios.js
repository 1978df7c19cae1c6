// Ratios to the baseline with their 95 % intervals, for all points of the phase.
import {log, logAxis, namesAxis} from './axis.js';
import * as format from './format.js';
import {markOf, whiskers} from './series.js';

const kShapes = {faster: 'triangle', slower: 'diamond', same: 'rect', inconclusive: 'emptyCircle'};

function rowsOf(view) {
  const rows = [];
  for (const one of view.casesOfPhase()) {
    const standing = view.scenario.against(view.baseline, one);
    if (standing.relation !== 'baseline')
      rows.push({one, standing, name: [one.backend, one.pointText].filter(Boolean).join(' · ')});
  }
  return rows;
}

/// From top to bottom, however many rows there are.
const lineAtOne = (colours) => ({
  type: 'custom',
  silent: true,
  z: 1,
  data: [[0, 0]],
  renderItem({coordSys: {y, height}}, api) {
    const [x] = api.coord([0, 0]);
    return {
      type: 'line',
      shape: {x1: x, y1: y, x2: x, y2: y + height},
      style: {stroke: colours.ink, lineWidth: 1.5},
    };
  },
});

/// How far the figures of a case can be trusted, where that is not all the way.
const doubt = (one) => (one.state === 'ok' ? '' : one.label);

function option(view, rows, colours) {
  const known = rows
    .map((row, index) => ({...row, index}))
    .filter((row) => Number.isFinite(row.standing.ratio));
  const colourOf = (row) => colours[row.standing.relation] ?? colours.muted;
  const ends = known.flatMap(({standing}) => [standing.ratio, standing.low, standing.high]);
  const bounded = known.filter(({standing}) => standing.low > 0 && Number.isFinite(standing.high));
  return {
    xAxis: logAxis(
      `time as a multiple of that of ${format.plain(view.baseline)}`,
      ends,
      format.ratio,
      colours,
      [1],
    ),
    yAxis: namesAxis(
      rows.map((row) => format.plain(row.name)),
      colours,
      {inverse: true},
    ),
    series: [
      lineAtOne(colours),
      whiskers(
        bounded.map((row) => ({
          value: [row.index, log(row.standing.low), log(row.standing.high)],
          colour: colourOf(row),
        })),
        true,
      ),
      {
        type: 'scatter',
        symbolSize: 10,
        data: known.map((row) => ({
          value: [log(row.standing.ratio), row.index],
          ...markOf(kShapes[row.standing.relation], colourOf(row)),
          tip:
            `${row.name}\n` +
            `${format.ratio(row.standing.ratio)} × (${format.interval(row.standing.low, row.standing.high)}), ` +
            `${row.standing.relation}\np ${format.pValue(row.standing.p)}, ${row.standing.blocks} blocks\n${doubt(row.one)}`.trim(),
        })),
      },
    ],
  };
}

export const ratios = {
  title: 'Ratio to the baseline',
  wide: true,
  about: (view) =>
    `Phase ${view.phase}, every point: time per request as a multiple of that of ${view.baseline}, with ` +
    'its 95 % interval, on a logarithmic axis. Left of 1 is faster. ' +
    '▲ faster, ◆ slower, ■ the same, ○ not decided.',
  draw(view, colours) {
    const rows = rowsOf(view);
    if (!rows.some((row) => Number.isFinite(row.standing.ratio)))
      return {nothing: 'Nothing here can be compared with this baseline.'};
    return {
      height: 76 + 22 * rows.length,
      option: option(view, rows, colours),
      columns: ['Backend', 'Point', 'Ratio', '95 % interval', 'p', 'Blocks', 'Verdict'],
      figures: 5,
      rows: rows.map(({one, standing}) => [
        one.backend,
        one.pointText,
        format.ratio(standing.ratio),
        format.interval(standing.low, standing.high),
        format.pValue(standing.p),
        Number.isFinite(standing.blocks) ? String(standing.blocks) : '–',
        standing.why
          ? `not compared: ${format.shortened(standing.why, 200)}`
          : [standing.relation, doubt(one)].filter(Boolean).join('; '),
      ]),
    };
  },
};
