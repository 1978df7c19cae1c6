// The tables that the program has written: sorted by any column, and against any baseline.
import {element} from './elements.js';
import * as format from './format.js';

/// By the number that a cell has beside its text, else by the text.
function order(a, b) {
  const one = Number(a.dataset.value),
    other = Number(b.dataset.value);
  if (Number.isFinite(one) && Number.isFinite(other)) return one - other;
  return a.textContent.localeCompare(b.textContent);
}
const isEmpty = (cell) => cell.dataset.value === '';

/// Ascending, descending, and as it was.
function sort(table, head, column) {
  const next = {none: 'ascending', ascending: 'descending', descending: 'none'}[
    head.getAttribute('aria-sort')
  ];
  for (const other of table.tHead.rows[0].cells)
    if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
  head.setAttribute('aria-sort', next);
  const rows = [...table.tBodies[0].rows];
  const original = (a, b) => a.dataset.row - b.dataset.row;
  const sign = next === 'descending' ? -1 : 1;
  rows.sort((a, b) => {
    const left = a.cells[column],
      right = b.cells[column];
    if (next === 'none') return original(a, b);
    if (isEmpty(left) || isEmpty(right)) return isEmpty(left) - isEmpty(right) || original(a, b);
    return sign * order(left, right) || original(a, b);
  });
  table.tBodies[0].append(...rows);
}

export function makeSortable(table) {
  [...table.tBodies[0].rows].forEach((row, index) => {
    row.dataset.row = index;
  });
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = element(
      'button',
      {type: 'button', onclick: () => sort(table, head, column)},
      head.textContent,
    );
    head.replaceChildren(button);
    head.setAttribute('aria-sort', 'none');
  });
}

const kWords = {none: 'not compared'};

/// Puts the ratio of a case to the baseline into a row of the table of cases.
function setRow(row, standing) {
  const [ratio, interval, verdict] = ['ratio', 'interval', 'relation'].map((name) =>
    row.querySelector(`[data-column=${name}]`),
  );
  ratio.textContent = format.ratio(standing.ratio);
  ratio.dataset.value = Number.isFinite(standing.ratio) ? standing.ratio : '';
  interval.textContent = format.interval(standing.low, standing.high);
  interval.dataset.value = Number.isFinite(standing.low) ? standing.low : '';
  verdict.replaceChildren(
    element('span', {'data-relation': standing.relation}, kWords[standing.relation] ?? standing.relation),
  );
}

/// And into a cell of the matrix.
function setCell(cell, standing) {
  const span = cell.querySelector('[data-relation]');
  if (!span) return;
  span.dataset.relation = standing.relation;
  const word = kWords[standing.relation] ?? standing.relation;
  span.textContent = Number.isFinite(standing.ratio) ? `${format.ratio(standing.ratio)} ${word}` : word;
}

export function showBaseline(article, scenario, baseline) {
  const all = scenario.comparisons.get(baseline);
  for (const one of article.querySelectorAll('[data-baseline]')) one.textContent = baseline;
  article
    .querySelector('.verdicts')
    ?.replaceChildren(...all.sentences.map((text) => element('li', {}, text)));
  for (const row of article.querySelectorAll('tr[data-case]'))
    setRow(row, scenario.against(baseline, scenario.cases[row.dataset.case]));
  for (const cell of article.querySelectorAll('td[data-case]'))
    setCell(cell, scenario.against(baseline, scenario.cases[cell.dataset.case]));
}
