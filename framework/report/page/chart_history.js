// A case run by run. Runs of another machine or scenario have hollow marks and no line: a difference may be theirs.
import {log, logAxis, namesAxis, upright} from './axis.js';
import * as format from './format.js';
import {look} from './palette.js';
import {lineOf, whiskers} from './series.js';

/// Of each case that is shown: its runs that have figures.
function pointsOf(view) {
  const {runs, cases} = view.scenario.raw.history;
  return view
    .casesOfWork()
    .map((one) => ({
      one,
      points: (cases[one.index] ?? [])
        .filter((point) => point.time !== undefined)
        .map((point) => ({
          ...point,
          apart: runs[point.run].apart,
          low: point.time * (1 - point.spread),
          high: point.time * (1 + point.spread),
        })),
    }))
    .filter(({points}) => points.length > 0);
}

function seriesOf(view, {one, points}, runs, theme) {
  const index = view.indexOf(one),
    {symbol} = look(index, theme);
  const hollow = symbol.startsWith('empty') ? symbol : `empty${symbol[0].toUpperCase()}${symbol.slice(1)}`;
  const item = (point) => ({
    value: [point.run, log(point.time)],
    symbol: point.apart.length ? hollow : symbol,
    tip:
      `${one.backend}\n${runs[point.run].time}: ${format.duration(point.time)} ± ${format.percent(point.spread)}` +
      (point.apart.length ? `\n${point.apart.join(', ')}` : ''),
  });
  const comparable = runs.map((_, run) => {
    const point = points.find((candidate) => candidate.run === run && !candidate.apart.length);
    return point ? item(point) : '-';
  });
  return [
    lineOf(one.backend, index, theme, comparable, {connectNulls: true}),
    {
      type: 'scatter',
      symbolSize: 9,
      itemStyle: {color: look(index, theme).colour},
      data: points.filter((point) => point.apart.length).map(item),
    },
    whiskers(
      points
        .filter((point) => point.low > 0)
        .map((point) => ({
          value: [point.run, log(point.low), log(point.high)],
          colour: look(index, theme).colour,
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
    'trials. Hollow marks: another machine, file system or scenario. Drift from run to run is in it.',
  draw(view, colours, theme) {
    const {runs} = view.scenario.raw.history;
    const all = pointsOf(view);
    if (all.length === 0) return {nothing: 'No run has figures of this.'};
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
      rows: all.flatMap(({one, points}) =>
        points.map((point) => [
          one.backend,
          runs[point.run].time,
          point.apart.join(', '),
          format.duration(point.time),
          `± ${format.percent(point.spread)}`,
        ]),
      ),
    };
  },
};
