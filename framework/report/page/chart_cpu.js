// What a request costs in CPU time, and who spends it.
import {linearAxis, namesAxis} from './axis.js';
import * as format from './format.js';
import {look} from './palette.js';

const workers = (one) => one.counter('iou_wrk_cpu_ns') || 0;
const pollers = (one) => one.counter('iou_sqp_cpu_ns') || 0;
const kParts = [
  ['user mode', (one) => one.counter('user_cpu_ns')],
  ['kernel', (one) => Math.max(0, one.counter('sys_cpu_ns') - workers(one) - pollers(one))],
  ['io_uring workers', workers],
  ['io_uring pollers', pollers],
];

export const cpu = {
  title: 'CPU time',
  about: (view) =>
    `${view.workText}: CPU time of the backend's process per request, by who spent it; medians over the ` +
    'trials. Threads of the kernel for io_uring are counted to the backend. Parts are rounded to the kernel’s ticks.',
  draw(view, colours, theme) {
    const cases = view.casesOfWork().filter((one) => Number.isFinite(one.counter('user_cpu_ns')));
    if (cases.length === 0) return {nothing: 'No backend that is shown has CPU times here.'};
    const parts = kParts.filter(([, of], i) => i < 2 || cases.some((one) => of(one) > 0));
    return {
      height: 70 + 30 * cases.length,
      option: {
        aria: {decal: {show: true}},
        xAxis: linearAxis('CPU time per request', format.duration, colours),
        yAxis: namesAxis(
          cases.map((one) => format.plain(one.backend)),
          colours,
          {inverse: true},
        ),
        series: parts.map(([name, of], i) => ({
          type: 'bar',
          stack: 'all',
          name,
          barMaxWidth: 18,
          itemStyle: {color: look(i, theme).colour, opacity: 0.8},
          data: cases.map((one) => ({
            value: of(one),
            tip: `${one.backend}\n${name}: ${format.duration(of(one))}`,
          })),
        })),
      },
      key: parts.map(([name], i) => ({name, ...look(i, theme), symbol: 'rect'})),
      columns: ['Backend', ...parts.map(([name]) => name), 'Together'],
      figures: parts.length + 1,
      rows: cases.map((one) => [
        one.backend,
        ...parts.map(([, of]) => format.duration(of(one))),
        format.duration(one.cpu),
      ]),
    };
  },
};
