// Axes. ECharts's own logarithmic axis has marks at powers only, and none between 0.7 and 1.4: here positions are
// logarithms on a linear axis, and the marks are chosen.

export const log = Math.log10;

/// Round values from low to high: of decades, of 1, 2 and 5, or in equal steps where it is narrow.
export function marks(low, high) {
  const wide = high / low;
  if (wide >= 8) {
    const steps = wide > 3000 ? [1] : wide > 100 ? [1, 3] : [1, 2, 5];
    const found = [];
    for (let decade = Math.floor(log(low)); decade <= Math.ceil(log(high)); ++decade)
      for (const step of steps) found.push(step * 10 ** decade);
    return found.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  }
  const rough = (high - low) / 4,
    power = 10 ** Math.floor(log(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((times) => times * power >= rough) ?? 10);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high; ++at) found.push(at * step);
  return found;
}

const line = (colours) => ({lineStyle: {color: colours.line}});

const common = (name, colours) => ({
  name,
  nameLocation: 'middle',
  nameGap: 28,
  nameTextStyle: {color: colours.muted},
  axisLine: {show: true, ...line(colours)},
  axisTick: {show: false},
  splitLine: {show: true, ...line(colours)},
  axisLabel: {color: colours.muted, hideOverlap: true},
});

/// For values above 0. Also these must be marked: `also`.
export function logAxis(name, values, format, colours, also = []) {
  const sound = [...values, ...also].filter((value) => Number.isFinite(value) && value > 0);
  const low = Math.min(...sound) / 1.04,
    high = Math.max(...sound) * 1.04;
  const at = [...new Set([...marks(low, high), ...also])].map(log);
  const axis = common(name, colours);
  return {
    ...axis,
    type: 'value',
    min: log(low),
    max: log(high),
    axisTick: {show: false, customValues: at},
    axisLabel: {...axis.axisLabel, customValues: at, formatter: (value) => format(10 ** value)},
  };
}

export const linearAxis = (name, format, colours) => {
  const axis = common(name, colours);
  return {...axis, type: 'value', min: 0, axisLabel: {...axis.axisLabel, formatter: format}};
};

export const blockAxis = (name, colours) => ({
  ...common(name, colours),
  type: 'value',
  minInterval: 1,
  scale: true,
});

export const namesAxis = (names, colours, more = {}) => {
  const axis = common('', colours);
  return {
    ...axis,
    type: 'category',
    data: names,
    splitLine: {show: false},
    axisLabel: {
      color: colours.ink,
      width: Math.min(230, innerWidth * 0.35),
      overflow: 'truncate',
      interval: 0,
    },
    ...more,
  };
};

/// An upright name beside a vertical axis needs no room of its own: it stands above.
export const upright = (axis) => ({
  ...axis,
  nameLocation: 'end',
  nameGap: 12,
  nameTextStyle: {...axis.nameTextStyle, align: 'left'},
});
