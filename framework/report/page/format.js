// Figures for people, as the program itself writes them: three significant digits and a unit.

const digits = (value) => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
};

const scaled = (value, units) => {
  if (!Number.isFinite(value)) return '–';
  let unit = 0;
  for (; Math.abs(value) >= 999.5 && unit + 1 < units.length; ++unit) value /= 1000;
  return `${digits(value)} ${units[unit]}`;
};

export const duration = (ns) => scaled(ns, ['ns', 'us', 'ms', 's']);
export const rate = (perSecond, unit) =>
  scaled(
    perSecond,
    ['', 'k', 'M', 'G', 'T'].map((prefix) => prefix + unit),
  );
export const percent = (fraction) => (Number.isFinite(fraction) ? `${(100 * fraction).toFixed(1)} %` : '–');

export const ratio = (value) => {
  if (!Number.isFinite(value)) return '–';
  if (value >= 9999.5) return '>9999';
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.9995 ? 1 : 3);
};

export const interval = (low, high) =>
  Number.isFinite(low) && Number.isFinite(high) ? `${ratio(low)} to ${ratio(high)}` : '–';

export const pValue = (p) => (!Number.isFinite(p) ? '–' : p < 0.0005 ? '<0.001' : p.toFixed(3));

/// What is not ours may be of any length.
export const shortened = (text, most = 60) => (text.length > most ? `${text.slice(0, most)}…` : text);

/// For ECharts, in whose rich text braces and bars have a meaning.
export const plain = (text) => shortened(text).replace(/[{}|]/g, ' ');
