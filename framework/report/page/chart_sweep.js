// Time over what the scenario sweeps, a line a backend.
import {log, logAxis, namesAxis, upright} from './axis.js';
import * as format from './format.js';
import {quantile} from './model.js';
import {look} from './palette.js';
import {lineOf, whiskers} from './series.js';

/// The cases of the phase that differ from the selected point in one key alone; all, where keys move together.
function along(view, key) {
  const chosen = view.casesOfWork()[0] ?? view.scenario.works.get(view.work)[0];
  const same = view
    .casesOfPhase()
    .filter((one) => one.point.every((value, i) => i === key || value === chosen.point[i]));
  const values = new Set(same.map((one) => one.point[key]));
  return values.size > 1 ? {cases: same, fixed: true} : {cases: view.casesOfPhase(), fixed: false};
}

function placesOf(cases, key, fixed) {
  const names = new Map();
  for (const one of cases)
    names.set(fixed ? one.point[key] : one.point.join('/'), fixed ? one.texts[key] : one.pointText);
  const sorted = fixed ? [...names].sort(([a], [b]) => a - b) : [...names];
  return {keys: sorted.map(([value]) => value), names: sorted.map(([, name]) => name)};
}

export const sweep = {
  title: 'Sweep',
  lines: true,
  wide: true,
  applies: (view) => view.scenario.swept.length > 0,
  about: (view) =>
    `Phase ${view.phase}: time per request over ${view.sweptKey}, on a logarithmic axis; medians, with the ` +
    'middle half of the trials. Other keys are as in the selected point, where they don’t move along.',
  draw(view, colours, theme) {
    const key = view.scenario.swept.findIndex((one) => one.key === view.sweptKey);
    const {cases, fixed} = along(view, key);
    const known = cases.filter((one) => one.hasFigures);
    if (known.length === 0) return {nothing: 'No backend that is shown has figures here.'};
    const {keys, names} = placesOf(cases, key, fixed);
    const places = new Map(keys.map((value, i) => [value, i]));
    const place = (one) => places.get(fixed ? one.point[key] : one.point.join('/'));
    const quartiles = (one) => [0.25, 0.75].map((q) => quantile(one.real_time_ns, q));
    const backends = [...new Set(known.map((one) => one.backend))];
    const values = known.flatMap((one) => [one.time, ...quartiles(one)]);
    const lines = backends.map((backend) => {
      const own = known.filter((one) => one.backend === backend);
      const placed = new Map(own.map((one) => [place(one), one]));
      const data = keys.map((_, i) => {
        const one = placed.get(i);
        return one
          ? {value: [i, log(one.time)], tip: `${backend}\n${names[i]}: ${format.duration(one.time)}`}
          : '-';
      });
      return lineOf(backend, view.indexOf(own[0]), theme, data);
    });
    const spread = whiskers(
      known.map((one) => ({
        value: [place(one), ...quartiles(one).map(log)],
        colour: look(view.indexOf(one), theme).colour,
      })),
      false,
    );
    return {
      height: 340,
      option: {
        xAxis: namesAxis(names.map(format.plain), colours, {
          name: fixed ? view.sweptKey : '',
          nameLocation: 'middle',
          nameGap: 28,
          nameTextStyle: {color: colours.muted},
          axisLabel: {color: colours.muted, width: 110, overflow: 'truncate', interval: 'auto'},
        }),
        yAxis: upright(logAxis('time per request', values, format.duration, colours)),
        series: [...lines, spread],
      },
      columns: ['Backend', 'Point', 'Median', 'Lower quartile', 'Upper quartile'],
      figures: 3,
      rows: known.map((one) => [
        one.backend,
        one.pointText,
        format.duration(one.time),
        ...quartiles(one).map(format.duration),
      ]),
    };
  },
};
