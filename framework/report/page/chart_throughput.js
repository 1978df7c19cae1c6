// Throughput, with the range in which the middle half of the trials lies.
import {linearAxis, namesAxis} from './axis.js';
import * as format from './format.js';
import {quantile} from './model.js';
import {look} from './palette.js';
import {whiskers} from './series.js';

/// Throughput goes as the inverse of time: quartiles of the one are those of the other.
const range = (one) =>
  [0.75, 0.25].map((q) => (one.throughput.value * one.time) / quantile(one.real_time_ns, q));

export const throughput = {
  title: 'Throughput',
  about: (view) => `${view.workText}: the median over the trials; the whisker spans the middle half of them.`,
  draw(view, colours, theme) {
    const all = view.casesOfWork().filter((one) => Number.isFinite(one.throughput.value));
    if (all.length === 0) return {nothing: 'No backend that is shown has a throughput here.'};
    // A case whose copies share extents moves no bytes: it is not put beside those that do.
    const unit = all.some((one) => one.throughput.unit === 'B/s') ? 'B/s' : '/s';
    const cases = all.filter((one) => one.throughput.unit === unit);
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
            cases.map((one, row) => ({value: [row, ...range(one)]})),
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
