// A chart with its heading, what it shows in words, and the same as a table. It is drawn when it comes into view.
import {init} from './echarts.js';
import {element, table} from './elements.js';
import * as format from './format.js';
import {pageColours, swatch} from './palette.js';
import {isPrinting, onTheme, theme} from './theme.js';

const kPrintWidth = 660; // of A4 with its margins
let count = 0;

export class Figure {
  constructor(chart, view) {
    this.chart = chart;
    this.view = view;
    const id = `chart-${++count}`;
    this.about = element('p', {});
    this.key = element('p', {});
    this.canvas = element('div', {class: 'canvas'});
    this.alternative = element(
      'details',
      {class: 'alternative', ontoggle: () => this.fillTable()},
      element('summary', {}, 'As a table'),
    );
    this.root = element(
      'figure',
      {'aria-labelledby': id, class: chart.wide ? 'wide' : ''},
      element('figcaption', {}, element('h4', {id}, chart.title), this.about, this.key),
      this.canvas,
      this.alternative,
    );
    this.watch();
  }

  watch() {
    const seen = new IntersectionObserver(
      (entries) => {
        this.inView = entries.some((entry) => entry.isIntersecting);
        if (this.inView) this.draw();
      },
      {rootMargin: '300px'},
    );
    seen.observe(this.root);
    new ResizeObserver(() => {
      if (this.echart && !isPrinting()) this.echart.resize();
    }).observe(this.canvas);
    onTheme(() => {
      this.update();
      if (isPrinting()) this.draw();
    });
  }

  /// After a change of what is selected, or of the theme. A chart that is not in view has its height from now on, too:
  /// nothing moves away from under the pointer when it is drawn.
  update() {
    this.root.hidden = !(this.chart.applies?.(this.view) ?? true);
    this.about.textContent = this.chart.about(this.view);
    this.stale = !this.root.hidden;
    if (this.root.hidden) return;
    this.colours = pageColours();
    this.content = this.chart.draw(this.view, this.colours, theme());
    this.fillKey();
    this.fillTable();
    if (this.content.nothing) this.showNothing();
    else this.canvas.style.height = `${this.content.height}px`;
    if (this.inView) this.draw();
  }

  draw() {
    if (!this.stale) return;
    this.stale = false;
    const {nothing, height} = this.content;
    if (nothing) return;
    if (!this.echart) {
      this.canvas.replaceChildren();
      this.echart = init(this.canvas, null, {renderer: 'svg'});
    }
    this.echart.resize({width: isPrinting() ? kPrintWidth : 'auto', height});
    this.echart.setOption(this.complete(), {notMerge: true});
  }

  /// Which look is what. For lines that is said above all charts, but on paper.
  fillKey() {
    const lines = this.chart.lines && isPrinting() ? this.view.shownBackends() : [];
    const key = this.content.key ?? lines;
    this.key.replaceChildren(
      ...key.map((one) => element('span', {class: 'key'}, swatch(one), format.shortened(one.name))),
    );
  }

  showNothing() {
    this.echart?.dispose();
    this.echart = undefined;
    this.canvas.style.height = '';
    this.canvas.replaceChildren(element('p', {class: 'nothing'}, this.content.nothing));
  }

  complete() {
    const {
      colours,
      content: {option},
    } = this;
    return {
      animation: false,
      textStyle: {fontFamily: 'system-ui, sans-serif', color: colours.ink},
      grid: {left: 4, right: 24, top: 28, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all'},
      // Text and not HTML: names are of anybody's making.
      tooltip: {
        renderMode: 'richText',
        confine: true,
        backgroundColor: colours.ground,
        borderColor: colours.muted,
        textStyle: {color: colours.ink, fontSize: 13},
        formatter: ({data}) => (data?.tip ? data.tip.split('\n').map(format.plain).join('\n') : ''),
      },
      ...option,
      aria: {
        enabled: true,
        label: {
          description:
            `${this.chart.title}. ${this.chart.about(this.view)} ` + 'The figures are in the table below it.',
        },
        ...option.aria,
      },
    };
  }

  fillTable() {
    if (!this.alternative.open || this.root.hidden) return;
    const {nothing, columns, rows, figures} = this.content;
    this.alternative.querySelector('.scroll, p')?.remove();
    this.alternative.append(
      nothing ? element('p', {}, nothing) : table(this.chart.title, columns, rows, figures),
    );
  }
}
