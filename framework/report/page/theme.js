// Light or dark: as the system has it, or as chosen. On paper always light.
import {choice, element} from './elements.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = [];
let printing = false;

export const theme = () => {
  if (printing) return 'light';
  return root.dataset.theme ?? (system.matches ? 'dark' : 'light');
};
export const isPrinting = () => printing;
/// Calls back after each change, and before and after printing.
export const onTheme = (listener) => listeners.push(listener);

const changed = () => listeners.forEach((listener) => listener());

function setPrinting(now) {
  const chosen = root.dataset.theme;
  printing = now;
  if (now) {
    root.dataset.themeBefore = chosen ?? '';
    root.dataset.theme = 'light';
  } else {
    const before = root.dataset.themeBefore;
    delete root.dataset.themeBefore;
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
  }
  changed();
}

export function themeChoice() {
  system.addEventListener('change', changed);
  addEventListener('beforeprint', () => printing || setPrinting(true));
  addEventListener('afterprint', () => printing && setPrinting(false));
  const options = [
    ['', 'as the system'],
    ['light', 'light'],
    ['dark', 'dark'],
  ].map(([value, text]) => element('option', {value}, text));
  return choice('Colours', options, '', (value) => {
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    changed();
  });
}
