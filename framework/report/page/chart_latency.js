// Latency percentiles: the medians over the trials.
import {log, logAxis, namesAxis, upright} from './axis.js';
import * as format from './format.js';
import {lineOf} from './series.js';

const kPercentiles = [
  ['p50_ns', '50 %'],
  ['p90_ns', '90 %'],
  ['p99_ns', '99 %'],
  ['p999_ns', '99.9 %'],
  ['max_ns', 'slowest'],
];

export const latency = {
  title: 'Latency',
  lines: true,
  about: (view) =>
    `${view.workText}: within this time so many of the requests were done; the median over the trials, on ` +
    'a logarithmic axis. Compare latencies only at the same depth.',
  draw(view, colours, theme) {
    const cases = view.casesOfWork().filter((one) => Number.isFinite(one.counter('p50_ns')));
    if (cases.length === 0)
      return {nothing: 'No latencies: the requests of this phase were not timed, or have no figures.'};
    const at = kPercentiles.filter(([name]) => cases.some((one) => Number.isFinite(one.counter(name))));
    return {
      height: 320,
      option: {
        xAxis: namesAxis(
          at.map(([, text]) => text),
          colours,
          {boundaryGap: false},
        ),
        yAxis: upright(
          logAxis(
            'latency',
            cases.flatMap((one) => at.map(([name]) => one.counter(name))),
            format.duration,
            colours,
          ),
        ),
        series: cases.map((one) =>
          lineOf(
            one.backend,
            view.indexOf(one),
            theme,
            at.map(([name, text]) => ({
              value: [text, Number.isFinite(one.counter(name)) ? log(one.counter(name)) : '-'],
              tip: `${one.backend}\n${text}: ${format.duration(one.counter(name))}`,
            })),
          ),
        ),
      },
      columns: ['Backend', ...at.map(([, text]) => text)],
      figures: at.length,
      rows: cases.map((one) => [one.backend, ...at.map(([name]) => format.duration(one.counter(name)))]),
    };
  },
};
