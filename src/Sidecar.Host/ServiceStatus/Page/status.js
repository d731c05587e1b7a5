'use strict';
(() => {
  const pace = 5000, span = 900, width = 300, height = 84;
  const svgNames = 'http://www.w3.org/2000/svg';
  const at = id => document.getElementById(id);
  let heardAt = performance.now(), verdict = at('state').textContent, failures = 0;

  const shape = (svg, name, attributes) => {
    const it = document.createElementNS(svgNames, name);
    for (const key in attributes) it.setAttribute(key, attributes[key]);
    svg.appendChild(it);
  };
  const known = values => values.filter(value => value !== null);
  const digits = (value, count) => Number(value.toPrecision(count)).toLocaleString('en', { maximumFractionDigits: 6 });
  const bytes = value => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    while (value >= 1024 && unit < 4) { value /= 1024; unit++; }
    return digits(value, 3) + ' ' + units[unit];
  };
  const seconds = value => value < 0.001 ? digits(value * 1e6, 2) + ' µs' : value < 1 ? digits(value * 1e3, 2) + ' ms' : digits(value, 2) + ' s';
  const rate = value => digits(value, 2) + '/s';
  const percent = value => digits(value * 100, 3) + ' %';
  const age = value => digits(value, 2) + ' s';

  // Each chart: its lines or layers, how its numbers are read, and the least that its height stands for.
  const charts = {
    answers: { layers: ['memory', 'read', 'stale', 'fallback'], words: ['memory', 'read', 'perhaps out of date', 'fallbacks'], say: rate, least: 1 },
    hits: { lines: ['hitRate'], words: ['hit rate'], say: percent, least: 1 },
    latency: { lines: ['p50', 'p99'], words: ['half within', '99 % within'], say: seconds, logs: true },
    cloud: { lines: ['requests', 'requestFailures'], words: ['requests', 'failures'], say: rate, least: 1 },
    stream: { lines: ['streamAge'], words: ['last message'], say: age, least: 20 },
    redis: { lines: ['redis', 'redisFailures'], words: ['operations', 'failures'], say: rate, least: 1 },
    cache: { lines: ['cacheBytes'], words: ['in use'], say: bytes, bound: 'cacheMaxBytes' },
    evictions: { lines: ['evictions', 'returns'], words: ['evicted', 'came back'], say: rate, least: 1 },
  };

  const draw = (name, chart, data) => {
    const svg = at('chart-' + name), places = data.series.secondsAgo.map(ago => width * (1 - ago / span));
    const all = (chart.layers || chart.lines).map(key => data.series[key]);
    let sums = all;
    if (chart.layers) {
      const below = places.map(() => 0);
      sums = all.map(values => values.map((value, i) => (below[i] += value)));
    }
    const bound = chart.bound ? data[chart.bound] : 0;
    const highest = Math.max(bound * 1.05, chart.least || 0, ...sums.flatMap(known)) || 1;
    const low = Math.log(1e-6), high = Math.log(Math.max(1e-3, highest));
    const up = value => height - 1 - (height - 6) * (chart.logs ? Math.max(0, (Math.log(Math.max(1e-6, value)) - low) / (high - low)) : value / highest);
    const path = values => {
      let text = '', on = false;
      values.forEach((value, i) => {
        if (value !== null) text += (on ? 'L' : 'M') + places[i].toFixed(1) + ' ' + up(value).toFixed(1) + (on ? '' : 'h.1');
        on = value !== null;
      });
      return text;
    };
    svg.replaceChildren();
    if (places.length > 0) {
      if (chart.layers) {
        for (let i = sums.length - 1; i >= 0; i--) {
          const from = i === 0 ? places.map(() => 0) : sums[i - 1];
          const points = places.map((x, p) => x.toFixed(1) + ',' + up(sums[i][p]).toFixed(1))
            .concat(places.map((x, p) => x.toFixed(1) + ',' + up(from[p]).toFixed(1)).reverse());
          shape(svg, 'polygon', { points: points.join(' '), class: 'f-' + (i + 1) });
        }
      } else {
        if (bound) {
          const line = path(all[0]);
          shape(svg, 'path', { d: line + 'L' + places[places.length - 1].toFixed(1) + ' ' + height + 'L' + places[0].toFixed(1) + ' ' + height + 'Z', class: 'under' });
          shape(svg, 'path', { d: 'M0 ' + up(bound).toFixed(1) + 'H' + width, class: 'line c-c' });
        }
        // What never happened needs no line on the ground.
        all.forEach((values, i) => {
          if (i === 0 || known(values).some(value => value > 0)) shape(svg, 'path', { d: path(values), class: 'line c-' + 'ab'[i] });
        });
      }
    }
    at('top-' + name).textContent = chart.say(chart.logs ? Math.max(1e-3, highest) : bound || highest);
    const tell = (values, word) => {
      const seen = known(values);
      if (seen.length === 0) return word + ': nothing yet';
      const least = chart.say(Math.min(...seen)), most = chart.say(Math.max(...seen));
      return word + ': ' + (least === most ? most : least + ' to ' + most);
    };
    const text = all.map((values, i) => tell(values, chart.words[i])).join('; ');
    at('text-' + name).textContent = text;
    svg.setAttribute('aria-label', svg.dataset.name + ' within the last 15 minutes. ' + text);
  };

  const drawStrip = data => {
    const svg = at('strip'), ago = data.series.secondsAgo, states = data.series.states, words = ['healthy', 'degraded', 'down'];
    svg.replaceChildren();
    const counts = [0, 0, 0];
    states.forEach((state, i) => {
      const end = width * (1 - ago[i] / span), begin = i === 0 ? end - width / 180 : width * (1 - ago[i - 1] / span);
      counts[state]++;
      shape(svg, 'rect', { x: begin.toFixed(2), y: 0, width: Math.max(0, end - begin + 0.2).toFixed(2), height: 14, class: words[state] });
    });
    const part = states.length === 0 ? 'nothing yet'
      : counts.map((count, i) => count ? words[i] + ' ' + Math.round(100 * count / states.length) + ' %' : '').filter(Boolean).join(', ');
    svg.setAttribute('aria-label', 'The verdict within the last 15 minutes: ' + part);
    at('strip-text').textContent = part;
  };

  const put = (it, text) => { if (it.textContent !== text) it.textContent = text; };

  const show = data => {
    verdict = data.title;
    at('band').dataset.state = data.state;
    put(at('state'), data.title);
    put(at('summary'), data.summary);
    document.title = data.title + ' · Sidecar';
    for (const it of document.querySelectorAll('[data-field]')) {
      const text = data.fields[it.dataset.field] ?? '';
      put(it, text);
      if (it.classList.contains('big')) it.classList.toggle('bad-word', data.troubled.includes(it.dataset.field));
    }
    const causes = at('cause-list'), told = JSON.stringify(data.causes);
    if (causes.dataset.told !== told) {
      causes.dataset.told = told;
      causes.replaceChildren(...data.causes.map(cause => {
        const item = document.createElement('li'), what = document.createElement('strong'), advice = document.createElement('p'), name = document.createElement('code');
        item.className = cause.isOutage ? 'outage' : '';
        what.textContent = cause.what;
        advice.textContent = cause.advice;
        name.textContent = cause.name;
        item.append(what, advice, name);
        return item;
      }));
      at('causes').hidden = data.causes.length === 0;
    }
    document.documentElement.classList.add('drawn');
    for (const name in charts) draw(name, charts[name], data);
    drawStrip(data);
  };

  const tellAge = () => {
    const old = Math.round((performance.now() - heardAt) / 1000);
    at('old').hidden = failures === 0;
    // Said aloud once; the age, which changes each second, is not.
    put(at('old-what'), failures === 0 ? '' : 'This page gets no answer from the service. It keeps trying.');
    if (failures === 0) return;
    at('band').dataset.state = 'unknown';
    put(at('state'), 'No answer');
    put(at('summary'), 'The last verdict was: ' + verdict + '.');
    put(at('old-age'), 'The last verdict and all numbers below are ' + old + ' s old.');
    document.title = 'No answer · Sidecar';
  };

  const poll = async () => {
    try {
      const answer = await fetch('/status/data', { cache: 'no-store', signal: AbortSignal.timeout(pace - 1000) });
      if (!answer.ok) throw new Error(answer.status);
      const data = await answer.json();
      heardAt = performance.now();
      failures = 0;
      show(data);
    } catch {
      failures++;
    }
    tellAge();
    setTimeout(poll, pace);
  };
  poll();
  setInterval(tellAge, 1000);
})();
