// The data as files: what the page has in it, nothing is fetched.
import {element} from './elements.js';

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = element('a', {href: url, download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/// RFC 4180; what a spreadsheet would take for a formula is quoted with an apostrophe.
const field = (value) => {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
};

function csv(scenarios) {
  const counters = [...new Set(scenarios.flatMap((one) => one.raw.counter_names))];
  const rows = [['name', 'state', 'reason', 'trials', 'real_time_ns', 'cpu_time_ns', ...counters]];
  for (const one of scenarios.flatMap((scenario) => scenario.cases)) {
    rows.push([
      one.name,
      one.state,
      one.missing ?? one.label,
      one.hasFigures ? one.trials : NaN,
      one.time,
      one.cpu,
      ...counters.map((name) => one.counter(name)),
    ]);
  }
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

export const downloads = (scenarios) => [
  element(
    'button',
    {
      type: 'button',
      onclick: () =>
        save('iodyno-report.json', 'application/json', document.getElementById('data').textContent),
    },
    'Data as JSON',
  ),
  element(
    'button',
    {type: 'button', onclick: () => save('iodyno-cases.csv', 'text/csv', csv(scenarios))},
    'Cases as CSV',
  ),
];
