// Every repetition over the order of blocks: drift, outliers and two modes show here and in no median.
import {blockAxis, log, logAxis, upright} from './axis.js';
import * as format from './format.js';
import {lineOf} from './series.js';

export const blocks = {
  title: 'Every repetition',
  lines: true,
  about: (view) =>
    `${view.workText}: time per request of each trial, in the order of blocks, on a logarithmic axis. ` +
    'Trials of one block ran side by side. ' +
    (view.scenario.raw.trials_thinned
      ? `There are more: ${view.scenario.raw.trials_thinned} evenly chosen trials of each case are shown.`
      : ''),
  draw(view, colours, theme) {
    const cases = view.casesOfWork().filter((one) => one.hasFigures);
    if (cases.length === 0) return {nothing: 'No backend that is shown has figures here.'};
    return {
      height: 320,
      option: {
        xAxis: blockAxis('block', colours),
        yAxis: upright(
          logAxis(
            'time per request',
            cases.flatMap((one) => one.real_time_ns),
            format.duration,
            colours,
          ),
        ),
        series: cases.map((one) =>
          lineOf(
            one.backend,
            view.indexOf(one),
            theme,
            one.real_time_ns.map((time, i) => ({
              value: [one.blocks[i], log(time)],
              tip: `${one.backend}\nblock ${one.blocks[i]}: ${format.duration(time)}`,
            })),
          ),
        ),
      },
      columns: ['Backend', 'Block', 'Time per request'],
      figures: 2,
      rows: cases.flatMap((one) =>
        one.real_time_ns.map((time, i) => [one.backend, String(one.blocks[i]), format.duration(time)]),
      ),
    };
  },
};
