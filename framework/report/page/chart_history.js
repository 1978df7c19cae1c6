// A case run by run. Runs of another machine or scenario have hollow marks and no line: a difference may be theirs.
import {log, logAxis, namesAxis, upright} from './axis.js';
import * as format from './format.js';
import {look} from './palette.js';
import {lineOf, markOf, whiskers} from './series.js';

/// Of each case that is shown: its runs, and why some have no figures.
function pointsOf(view) {
  const {runs, cases} = view.scenario.raw.history;
  return view
    .casesOfWork()
    .map((one) => ({
      one,
      missing: (cases[one.index] ?? []).filter((point) => point.time === undefined),
      points: (cases[one.index] ?? [])
        .filter((point) => point.time !== undefined)
        .map((point) => ({
          ...point,
          apart: runs[point.run].apart,
          low: point.time * (1 - point.spread),
          high: point.time * (1 + point.spread),
        })),
    }))
    .filter(({points, missing}) => points.length + missing.length > 0);
}

/// One trial has none.
const spread = (point) => (!Number.isFinite(point.spread) ? '–' : `± ${format.percent(point.spread)}`);

function seriesOf(view, {one, points, missing}, runs, theme) {
  const index = view.indexOf(one),
    {symbol} = look(index, theme);
  const {colour} = look(index, theme);
  const hollow = symbol.startsWith('empty') ? symbol : `empty${symbol}`;
  const item = (point) => ({
    value: [point.run, log(point.time)],
    ...markOf(point.apart.length ? hollow : symbol, colour),
    tip:
      `${one.backend}\n${runs[point.run].time}: ${format.duration(point.time)} ${spread(point)}` +
      (point.apart.length ? `\n${point.apart.join(', ')}` : ''),
  });
  const comparable = runs.map((_, run) => {
    const point = points.find((candidate) => candidate.run === run && !candidate.apart.length);
    return point ? item(point) : '-';
  });
  return [
    lineOf(one.backend, index, theme, comparable, {connectNulls: missing.length === 0}),
    {
      type: 'scatter',
      symbolSize: 9,
      data: points.filter((point) => point.apart.length).map(item),
    },
    whiskers(
      points
        .filter((point) => point.low > 0 && point.low < point.high)
        .map((point) => ({
          value: [point.run, log(point.low), log(point.high)],
          colour,
        })),
      false,
    ),
  ];
}

export const history = {
  title: 'History',
  lines: true,
  wide: true,
  applies: (view) => view.scenario.raw.history.runs.length > 1,
  about: (view) =>
    `${view.workText}: time per request, run by run, on a logarithmic axis; medians, with the spread of the ` +
    'trials. Hollow marks: another machine, file system or scenario. A line with a gap: some run has no figures, and ' +
    'the table says why. Drift from run to run is in it.',
  draw(view, colours, theme) {
    const {runs} = view.scenario.raw.history;
    const all = pointsOf(view);
    if (all.every(({points}) => points.length === 0)) return {nothing: 'No run has figures of this.'};
    const values = all.flatMap(({points}) => points.flatMap((point) => [point.time, point.low, point.high]));
    return {
      height: 320,
      option: {
        xAxis: namesAxis(
          runs.map((run) => run.time),
          colours,
          {axisLabel: {color: colours.muted, width: 130, overflow: 'truncate', interval: 'auto'}},
        ),
        yAxis: upright(logAxis('time per request', values, format.duration, colours)),
        series: all.flatMap((one) => seriesOf(view, one, runs, theme)),
      },
      columns: ['Backend', 'Run', 'Remarks', 'Median', 'Spread'],
      figures: 2,
      rows: all.flatMap(({one, points, missing}) =>
        [...points, ...missing]
          .sort((a, b) => a.run - b.run)
          .map((point) => [
            one.backend,
            runs[point.run].time,
            point.missing ?? point.apart.join(', '),
            format.duration(point.time),
            spread(point),
          ]),
      ),
    };
  },
};
