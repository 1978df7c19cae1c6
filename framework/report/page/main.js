import {downloads} from './download.js';
import {Scenario} from './model.js';
import {themeChoice} from './theme.js';
import {View} from './view.js';

document.documentElement.classList.add('scripted');
const data = JSON.parse(document.getElementById('data').textContent);
const scenarios = data.scenarios.map((raw) => new Scenario(raw));
document.getElementById('tools').append(themeChoice(), ...downloads(scenarios));
for (const article of document.querySelectorAll('article[data-scenario]'))
  new View(article, scenarios[article.dataset.scenario]);
document.documentElement.dataset.ready = 'true';
