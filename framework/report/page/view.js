// One scenario: what is selected, and all that follows from it.
import {blocks} from './chart_blocks.js';
import {cpu} from './chart_cpu.js';
import {history} from './chart_history.js';
import {latency} from './chart_latency.js';
import {ratios} from './chart_ratios.js';
import {sweep} from './chart_sweep.js';
import {throughput} from './chart_throughput.js';
import {choice, element, table} from './elements.js';
import {Figure} from './figure.js';
import * as format from './format.js';
import {look, swatch} from './palette.js';
import {makeSortable, showBaseline} from './tables.js';
import {onTheme, theme} from './theme.js';

const kCharts = [ratios, blocks, latency, throughput, cpu, sweep, history];
const kBackendsShown = 12; // more lines in one chart nobody tells apart; all can be chosen

export class View {
  constructor(article, scenario) {
    this.article = article;
    this.scenario = scenario;
    this.hidden = new Set(scenario.backends.slice(kBackendsShown));
    this.baseline = scenario.raw.comparisons[0]?.baseline;
    this.work = scenario.works.keys().next().value;
    this.sweptKey = scenario.swept[0]?.key;
    for (const one of article.querySelectorAll('table.sortable')) makeSortable(one);
    article.querySelector('.controls').append(...this.controls());
    this.figures = kCharts.map((chart) => new Figure(chart, this));
    article.querySelector('.charts').append(...this.figures.map((figure) => figure.root));
    this.fillContext();
    this.update();
  }

  get phase() {
    return this.scenario.works.get(this.work)[0].phase;
  }
  get workText() {
    const {phase, pointText} = this.scenario.works.get(this.work)[0];
    return pointText ? `Phase ${phase}, ${pointText}` : `Phase ${phase}`;
  }
  indexOf(one) {
    return this.scenario.backends.indexOf(one.backend);
  }
  isShown(one) {
    return !this.hidden.has(one.backend);
  }
  shownBackends() {
    return this.scenario.backends
      .map((name, index) => ({name, ...look(index, theme())}))
      .filter(({name}) => !this.hidden.has(name));
  }
  casesOfWork() {
    return this.scenario.works.get(this.work).filter((one) => this.isShown(one));
  }
  casesOfPhase() {
    return this.scenario.cases.filter((one) => one.phase === this.phase && this.isShown(one));
  }

  update() {
    this.figures.forEach((figure) => figure.update());
  }

  controls() {
    const {scenario} = this;
    const made = [];
    if (scenario.comparisons.size > 0)
      made.push(
        choice(
          'Baseline',
          [...scenario.comparisons.keys()].map((name) =>
            element('option', {value: name}, format.shortened(name)),
          ),
          this.baseline,
          (name) => this.setBaseline(name),
        ),
      );
    made.push(
      choice('Phase and point', this.workOptions(), this.work, (work) => {
        this.work = work;
        this.update();
      }),
    );
    if (scenario.swept.length > 1)
      made.push(
        choice(
          'Sweep over',
          scenario.swept.map(({key}) => element('option', {value: key}, key)),
          this.sweptKey,
          (key) => {
            this.sweptKey = key;
            this.update();
          },
        ),
      );
    made.push(this.backendBoxes());
    return made;
  }

  setBaseline(name) {
    this.baseline = name;
    showBaseline(this.article, this.scenario, name);
    this.update();
  }

  workOptions() {
    return [...this.scenario.works].map(([work, [one]]) => {
      const text = one.pointText ? `${one.phase}: ${one.pointText}` : one.phase;
      return element('option', {value: work}, format.shortened(text));
    });
  }

  backendBoxes() {
    const boxes = element('fieldset', {}, element('legend', {class: 'unseen'}, 'Backends in the charts'));
    const fill = () => {
      for (const [index, label] of [...boxes.querySelectorAll('label')].entries())
        label.querySelector('svg').replaceWith(swatch(look(index, theme())));
    };
    for (const [index, name] of this.scenario.backends.entries()) {
      const box = element('input', {
        type: 'checkbox',
        checked: !this.hidden.has(name),
        onchange: () => {
          this.hidden[box.checked ? 'delete' : 'add'](name);
          this.update();
        },
      });
      boxes.append(element('label', {}, box, swatch(look(index, theme())), format.shortened(name)));
    }
    onTheme(fill);
    return boxes;
  }

  fillContext() {
    const details = this.article.querySelector('details.context');
    details?.addEventListener('toggle', () => {
      if (details.querySelector('table')) return;
      details.append(
        table(
          'The context, as in the result file',
          ['Key', 'Value'],
          Object.entries(this.scenario.raw.context),
        ),
      );
    });
  }
}
