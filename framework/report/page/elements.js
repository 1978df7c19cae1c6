// Elements of the page. Text only ever becomes a text node: it may be of anybody's making.

export const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

const kSvg = 'http://www.w3.org/2000/svg';

export const svg = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/// A table of texts; `figures` of its last columns are figures.
export const table = (caption, columns, rows, figures = 0) => {
  const side = (index) => (index >= columns.length - figures ? {class: 'figure'} : {});
  const head = columns.map((name, i) => element('th', {scope: 'col', ...side(i)}, name));
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      ...cells.map((text, i) =>
        i === 0 ? element('th', {scope: 'row'}, text) : element('td', side(i), text),
      ),
    ),
  );
  return element(
    'div',
    {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...body),
    ),
  );
};

export const choice = (label, options, chosen, changed) => {
  const select = element('select', {onchange: () => changed(select.value)}, ...options);
  if (chosen !== undefined) select.value = chosen;
  return element('label', {}, label, select);
};
