// Series that the charts have in common.
import {look, pageColours} from './palette.js';

/// Lines from low to high with a bar at either end: [position, low, high] for each.
export function whiskers(rows, horizontal, colour) {
  return {
    type: 'custom',
    silent: true,
    z: 1,
    data: rows.map((row) => row.value),
    encode: horizontal ? {y: 0, x: [1, 2]} : {x: 0, y: [1, 2]},
    renderItem(params, api) {
      const row = rows[params.dataIndex];
      const at = (value) => api.coord(horizontal ? [value, row.value[0]] : [row.value[0], value]);
      const [low, high] = [at(row.value[1]), at(row.value[2])];
      const [dx, dy] = horizontal ? [0, 4] : [4, 0];
      const style = {stroke: row.colour ?? colour, lineWidth: 1.5, fill: 'none'};
      const stroke = (x1, y1, x2, y2) => ({type: 'line', shape: {x1, y1, x2, y2}, style});
      return {
        type: 'group',
        children: [
          stroke(low[0], low[1], high[0], high[1]),
          stroke(low[0] - dx, low[1] - dy, low[0] + dx, low[1] + dy),
          stroke(high[0] - dx, high[1] - dy, high[0] + dx, high[1] + dy),
        ],
      };
    },
  };
}

/// A mark of this look. ECharts fills hollow ones of its own with white, in the dark, too.
export function markOf(symbol, colour) {
  if (!symbol.startsWith('empty')) return {symbol, itemStyle: {color: colour}};
  return {
    symbol: symbol.slice(5).toLowerCase(),
    itemStyle: {color: pageColours().ground, borderColor: colour, borderWidth: 2},
  };
}

/// A line with marks, as the backend of this number looks.
export function lineOf(name, index, theme, data, more = {}) {
  const {colour, symbol, dash} = look(index, theme);
  return {
    type: 'line',
    name,
    data,
    ...markOf(symbol, colour),
    symbolSize: 8,
    showAllSymbol: true,
    lineStyle: {color: colour, width: 1.5, type: dash},
    emphasis: {focus: 'series'},
    ...more,
  };
}
