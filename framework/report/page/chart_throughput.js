// Throughput, with the range in which the middle half of the trials lies.
import {linearAxis, namesAxis} from './axis.js';
import * as format from './format.js';
import {look} from './palette.js';
import {whiskers} from './series.js';

const range = (one) => one.throughput_quartiles ?? [NaN, NaN];

/// A case whose copies share extents moves no bytes: it is not put beside those that do.
function measured(view) {
  const all = view.casesOfWork().filter((one) => Number.isFinite(one.throughput.value));
  const unit = all.some((one) => one.throughput.unit === 'B/s') ? 'B/s' : '/s';
  return {
    unit,
    cases: all.filter((one) => one.throughput.unit === unit),
    others: all.filter((one) => one.throughput.unit !== unit),
  };
}

function leftOut(view) {
  const {others} = measured(view);
  const names = others.map((one) => one.backend).join(', ');
  return names && ` Not here, for no bytes were moved: ${names}.`;
}

export const throughput = {
  title: 'Throughput',
  about: (view) =>
    `${view.workText}: the median over the trials; the whisker spans the middle half of them.${leftOut(view)}`,
  draw(view, colours, theme) {
    const {unit, cases} = measured(view);
    if (cases.length === 0) return {nothing: 'No backend that is shown has a throughput here.'};
    const text = (value) => format.rate(value, unit);
    return {
      height: 70 + 30 * cases.length,
      option: {
        aria: {decal: {show: true}},
        xAxis: linearAxis(unit === 'B/s' ? 'bytes per second' : 'requests per second', text, colours),
        yAxis: namesAxis(
          cases.map((one) => format.plain(one.backend)),
          colours,
          {inverse: true},
        ),
        series: [
          {
            type: 'bar',
            barMaxWidth: 18,
            data: cases.map((one) => ({
              value: one.throughput.value,
              itemStyle: {color: look(view.indexOf(one), theme).colour, opacity: 0.8},
              tip: `${one.backend}\n${text(one.throughput.value)} (${range(one).map(text).join(' to ')})`,
            })),
          },
          whiskers(
            cases
              .map((one, row) => ({value: [row, ...range(one)]}))
              .filter(({value}) => value.every(Number.isFinite)),
            true,
            colours.ink,
          ),
        ],
      },
      columns: ['Backend', 'Median', 'Lower quartile', 'Upper quartile'],
      figures: 3,
      rows: cases.map((one) => [one.backend, text(one.throughput.value), ...range(one).map(text)]),
    };
  },
};
