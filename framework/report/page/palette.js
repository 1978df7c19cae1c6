// Colours after Okabe and Ito, which people with any kind of colour vision tell apart; and for each colour a shape, so
// that nobody needs to.
import {svg} from './elements.js';

const kColours = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b5548b', '#9a6700', '#3d8fc4', '#1c2126', '#7a7f85'],
  dark: ['#56b4e9', '#f08c3c', '#2ec79b', '#e39ac4', '#f0c05a', '#a8d8f5', '#ffffff', '#a0a6ad'],
};
const kShapes = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyCircle',
  'emptyRect',
  'emptyTriangle',
  'emptyDiamond',
  'arrow',
];
const kDashes = ['solid', 'dashed', 'dotted'];

/// How the series with this number looks. Nine shapes and eight colours: 72 differ.
export const look = (index, theme) => ({
  colour: kColours[theme][index % 8],
  symbol: kShapes[index % 9],
  dash: kDashes[Math.floor(index / 4) % 3],
});

const kPaths = {
  circle: 'M10 7a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  rect: 'M10.5 2.5h9v9h-9z',
  triangle: 'M15 1.5l5.5 10h-11z',
  diamond: 'M15 1l5 6-5 6-5-6z',
  arrow: 'M15 1.5l5 11-5-3.5-5 3.5z',
};

export function swatch({colour, symbol, dash}) {
  const empty = symbol.startsWith('empty');
  const shape = empty ? symbol.slice(5).toLowerCase() : symbol;
  const dashes = {solid: '', dashed: '5 3', dotted: '2 2'}[dash];
  return svg(
    'svg',
    {class: 'swatch', viewBox: '0 0 30 14', 'aria-hidden': 'true'},
    svg('path', {d: 'M0 7h30', stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dashes}),
    svg('path', {d: kPaths[shape], stroke: colour, 'stroke-width': 2, fill: empty ? 'none' : colour}),
  );
}

/// The colours of the page as they are now.
export function pageColours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return Object.fromEntries(
    ['ground', 'line', 'ink', 'muted', 'accent', 'faster', 'slower'].map((name) => [name, of(name)]),
  );
}
