// The data of one scenario as the charts ask for it.

const median = (values) => quantile(values, 0.5);

export function quantile(values, q) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1),
    below = Math.floor(at);
  return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

/// A case, with names for what stands in columns.
class Case {
  constructor(raw, index, scenario) {
    Object.assign(this, raw);
    this.index = index;
    this.texts = raw.point.map((value, key) => scenario.swept[key].texts[value] ?? '–');
    this.pointText = this.texts.map((text, key) => `${scenario.swept[key].key} ${text}`).join(', ');
    this.work = `${raw.phase}/${raw.point.join('/')}`;
    this.counterNames = scenario.counter_names;
  }
  get hasFigures() {
    return !this.missing;
  }
  counter(name) {
    const at = this.counterNames.indexOf(name);
    const value = at < 0 || !this.counters ? null : this.counters[at];
    return value === null ? NaN : value;
  }
  get time() {
    return this.hasFigures ? median(this.real_time_ns) : NaN;
  }
  get cpu() {
    return this.hasFigures ? median(this.cpu_time_ns.map((value) => value ?? NaN)) : NaN;
  }
  get throughput() {
    const bytes = this.counter('bytes_per_second');
    return Number.isFinite(bytes)
      ? {value: bytes, unit: 'B/s'}
      : {value: this.counter('items_per_second'), unit: '/s'};
  }
}

const kColumns = ['case', 'ratio', 'low', 'high', 'p', 'blocks', 'relation'];

export class Scenario {
  constructor(raw) {
    this.raw = raw;
    this.name = raw.name;
    this.swept = raw.swept;
    this.cases = raw.cases.map((one, index) => new Case(one, index, raw));
    this.backends = [...new Set(this.cases.map((one) => one.backend))];
    this.works = new Map();
    for (const one of this.cases) {
      if (!this.works.has(one.work)) this.works.set(one.work, []);
      this.works.get(one.work).push(one);
    }
    this.comparisons = new Map(
      raw.comparisons.map((one) => [
        one.baseline,
        {
          ...one,
          of: new Map(
            one.cases.map((row) => [
              row[0],
              Object.fromEntries(kColumns.map((name, i) => [name, row[i] ?? NaN])),
            ]),
          ),
          why: new Map(one.not_compared),
        },
      ]),
    );
  }

  /// How a case stands to the baseline: {relation, ratio, low, high, …}, or why it has no ratio.
  against(baseline, one) {
    if (one.backend === baseline) return {relation: 'baseline'};
    const all = this.comparisons.get(baseline);
    return (
      all?.of.get(one.index) ?? {
        relation: 'none',
        why: one.missing ?? all?.why.get(one.index) ?? 'not compared',
      }
    );
  }
}
