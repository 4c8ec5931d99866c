
'use strict';
// Whatever an event says is put into the page as text (textContent), never as markup. What is kept is bounded.
(() => {
  const keep = {events: 4000, alerts: 500, rows: 300, processes: 4000, choices: 500, children: 40, depth: 24};
  const $ = (id) => document.getElementById(id);
  // visible is a text in which no character hides, moves the others or is obeyed.
  const visible = (text) => String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u202f]/gu, (c) => {
    const code = c.codePointAt(0).toString(16);
    return c === '\n' ? '\\n' : c === '\t' ? '\\t' : code.length > 4 ? '\\u{' + code + '}' : '\\u' + code.padStart(4, '0');
  });
  const textNode = (text) => document.createTextNode(visible(text));
  const make = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = visible(text);
    return node;
  };
  const draw = (name, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    return node;
  };
  const number = (n) => n.toLocaleString('en-US');

  // ---- What is known ----

  let run = null;         // which run of tswatch the events are of
  let events = [];        // the oldest first
  let alerts = [];        // those that are older than events
  let waiting = [];       // came while the list is paused
  let chosen = null;
  let paused = false;
  let status = {};
  let count = 0;          // of all that came; gives each its own number
  let seen = 0;           // the number that tswatch gave the last one
  let missed = 0;         // came too fast for this page
  const processes = new Map(); // by pid: what ran there last
  const found = {container: new Map(), image: new Map(), rule: new Map()};
  const filter = {only: false, container: '', image: '', rule: '', search: ''};

  const containerOf = (e) => e.container ? e.container.name || e.container.id.slice(0, 12) : '';
  const imageOf = (e) => {
    const image = e.container && e.container.image;
    return image && image.name ? image.name + (image.tag ? ':' + image.tag[0] : '') : '';
  };
  const isAlert = (e) => e.event.kind === 'alert';
  const isLoss = (e) => e.event.kind === 'metric';

  // whereOf is the container, or why there is none.
  const whereOf = (e) => {
    if (e.container) return containerOf(e);
    if (isLoss(e)) return 'audit';
    const found = e.tswatch.attribution;
    return found && found.method === 'host' ? 'host' : 'not known';
  };

  const objectOf = (e) => {
    const p = e.process || {};
    if (e.destination) return e.destination.ip ? e.destination.ip + (e.destination.port ? ' port ' + e.destination.port : '') : e.destination.path || '';
    if (e.event.action === 'executed') return p.command_line || p.executable || '';
    if (e.file) return e.file.path;
    return e.tswatch.module || p.command_line || p.executable || '';
  };

  const lossOf = (e) => {
    const lost = e.tswatch.lost || {};
    const n = lost.serials || lost.records || 0;
    const what = lost.serials ? 'event' : lost.where === 'spool' ? 'line of an output' : 'record';
    return number(n) + ' ' + (n === 1 ? what : what.replace(/^\w+/, '$&s')) + ' lost: ' + lost.where;
  };

  const sentence = (e) => isAlert(e) ? e.message || e.rule.name : isLoss(e) ? lossOf(e) : objectOf(e);

  const take = (e, short) => {
    const item = {e, short, n: ++count, text: ''};
    item.text = [sentence(e), objectOf(e), e.event.action, whereOf(e), imageOf(e), e.process ? e.process.pid + ' ' + (e.process.name || '') : '',
      e.rule ? e.rule.id + ' ' + e.rule.name : '', e.user ? e.user.id || '' : '', e.container ? e.container.id : ''].join('\n').toLowerCase();
    note(e);
    return item;
  };

  // note keeps what the filters offer, and who is whose parent.
  const note = (e) => {
    choice('container', containerOf(e));
    choice('image', imageOf(e));
    if (e.rule) choice('rule', e.rule.id, e.rule.name);
    const p = e.process;
    if (!p || isAlert(e)) return;
    const parent = p.parent ? p.parent.pid : 0;
    let known = processes.get(p.pid);
    if (!known || known.parent !== parent && known.parent && parent) known = {pid: p.pid, parent, ran: []};
    known.parent = parent || known.parent;
    known.name = p.name || known.name;
    known.where = whereOf(e);
    if (e.event.action === 'executed' && e.event.outcome !== 'failure') {
      const ran = p.command_line || p.executable || p.name || '';
      if (known.ran[known.ran.length - 1] !== ran) known.ran = known.ran.slice(-3).concat(ran);
    }
    processes.delete(p.pid);
    processes.set(p.pid, known); // the newest stands last
    if (processes.size > keep.processes) processes.delete(processes.keys().next().value);
  };

  let stale = {container: false, image: false, rule: false};
  const choice = (kind, value, label) => {
    if (!value) return;
    const known = found[kind];
    if (!known.delete(value)) stale[kind] = true;
    known.set(value, label || value); // what was seen last stands last
    if (known.size <= keep.choices) return;
    for (const oldest of known.keys()) {
      if (oldest === filter[kind]) continue;
      known.delete(oldest);
      return;
    }
  };

  const matches = (item) => {
    const e = item.e;
    return (!filter.only || isAlert(e)) && (!filter.container || containerOf(e) === filter.container) &&
      (!filter.image || imageOf(e) === filter.image) && (!filter.rule || e.rule && e.rule.id === filter.rule) &&
      (!filter.search || item.text.includes(filter.search));
  };

  // ---- The list ----

  const list = $('list');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time';
  // timeOf is the time of day, with the day where that is another one.
  const timeOf = (e) => {
    const at = new Date(e['@timestamp']);
    const day = at.toDateString() === new Date().toDateString() ? '' : at.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'}) + ' ';
    if (day) list.classList.add('dated'); // all rows get the room for it
    return day + at.toLocaleTimeString('en-GB');
  };
  // placeOf says where an event was: the container with its image and id, and why there is none.
  const placeOf = (e) => {
    const c = e.container;
    const found = e.tswatch.attribution || {};
    if (!c) return whereOf(e) + (found.reason ? ': ' + found.reason : '');
    return [c.name && 'container ' + c.name, imageOf(e) && 'image ' + imageOf(e), 'id ' + c.id.slice(0, 12)].filter(Boolean).join(', ');
  };
  const rowOf = (item) => {
    const e = item.e;
    const row = make('li', isAlert(e) ? 'alert s' + (Number(e.event.severity) || 3) : isLoss(e) ? 'lost' : '');
    row.id = 'e' + item.n;
    row.item = item;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', String(item === chosen));
    const time = make('time', 'time', timeOf(e));
    time.dateTime = e['@timestamp'];
    time.title = e['@timestamp'];
    const [sign, label] = isAlert(e) ? ['●◐○'[Math.min(Number(e.event.severity) || 3, 3) - 1], 'alert of severity ' + e.event.severity] : isLoss(e) ? ['▲', 'loss'] : e.event.outcome === 'failure' ? ['×', 'failed'] : [];
    const mark = make('span', 'mark', sign);
    if (label) {
      mark.setAttribute('role', 'img');
      mark.setAttribute('aria-label', label);
      mark.title = label;
    }
    const where = make('span', e.container ? 'where' : 'where quiet', whereOf(e));
    where.title = visible(placeOf(e));
    const what = make('span', 'what');
    if (e.tswatch.repeated) what.append(make('span', 'more', '+' + number(e.tswatch.repeated) + ' more'));
    if (isAlert(e) || isLoss(e)) what.append(make('b', '', sentence(e)));
    else {
      if (e.event.action !== 'executed') what.append(make('span', 'quiet', e.event.action + ' '));
      what.append(textNode(objectOf(e)));
    }
    row.append(time, mark, where, what, make('span', 'pid', e.process ? String(e.process.pid) : ''));
    return row;
  };

  const matching = () => {
    const all = [];
    for (const from of [events, alerts]) {
      for (let i = from.length - 1; i >= 0 && all.length < keep.rows; i--) if (matches(from[i])) all.push(from[i]);
    }
    return all;
  };

  const listAll = () => {
    list.replaceChildren(...matching().map(rowOf));
    said();
  };

  const listNew = (items) => {
    const rows = items.filter(matches).slice(-keep.rows).reverse().map(rowOf);
    if (!rows.length) return;
    if (list.firstElementChild && !list.firstElementChild.item) list.replaceChildren();
    list.prepend(...rows);
    while (list.childElementCount > keep.rows) list.lastElementChild.remove();
    said();
  };

  const said = () => {
    if (!list.childElementCount) {
      const empty = make('li', 'nothing', events.length || alerts.length ? 'No event matches the filters.' : 'No events so far.');
      empty.setAttribute('role', 'presentation');
      list.append(empty);
    }
    const rows = list.firstElementChild.item ? list.childElementCount : 0;
    $('shown').textContent = (rows >= keep.rows ? 'the newest ' + rows : rows + (rows === 1 ? ' event' : ' events')) +
      (waiting.length ? ', ' + number(waiting.length) + ' wait' : '') + (missed ? ', ' + number(missed) + ' came too fast for this page' : '');
    const row = chosen && $('e' + chosen.n);
    if (row) list.setAttribute('aria-activedescendant', row.id);
    else list.removeAttribute('aria-activedescendant');
  };

  const choose = (row, open) => {
    if (!row || !row.item) return;
    const before = chosen && $('e' + chosen.n);
    if (before) before.setAttribute('aria-selected', 'false');
    chosen = row.item;
    row.setAttribute('aria-selected', 'true');
    row.scrollIntoView({block: 'nearest'});
    said();
    showDetail();
    if (open) openDetail();
  };
  const openDetail = () => {
    document.body.classList.add('chosen');
    $('detail').focus();
  };
  const closeDetail = () => {
    document.body.classList.remove('chosen');
    list.focus({preventScroll: true});
  };
  const move = (step) => {
    const row = chosen && $('e' + chosen.n);
    if (!row) return choose(list.firstElementChild);
    choose(step > 0 ? row.nextElementSibling : row.previousElementSibling);
  };

  // ---- The chosen event ----

  let shown = null;
  const showDetail = () => {
    const detail = $('detail');
    if (!chosen) {
      detail.replaceChildren(make('p', 'nothing', 'Choose an event to see its processes and fields: j and k, or a click. ? shows all keys.'));
      return;
    }
    const e = chosen.e;
    const p = e.process;
    const back = make('button', '', 'Back to the list');
    back.id = 'back';
    back.type = 'button';
    back.addEventListener('click', closeDetail);
    const parts = [back, make('p', 'title', isAlert(e) ? sentence(e) : isLoss(e) ? sentence(e) : e.event.action + (p && p.name ? ' by ' + p.name : ''))];
    if (e.rule) parts.push(make('p', 'rule', e.rule.name + ', severity ' + e.event.severity + ' (' + e.rule.id + ')'));
    if (e.tswatch.repeated) parts.push(make('p', 'place', 'Alerts like this one that were held back: ' + number(e.tswatch.repeated) + '.'));
    if (p) parts.push(make('p', 'place', placeOf(e) + ', pid ' + p.pid + (p.vpid ? ' (' + p.vpid + ' in its container)' : '')));
    const at = new Date(e['@timestamp']);
    parts.push(make('p', 'quiet', at.toLocaleDateString('en-GB', {dateStyle: 'medium'}) + ', ' + at.toLocaleTimeString('en-GB') + ' (' + zone + ')'));
    if (p && (p.command_line || p.executable)) parts.push(make('pre', '', p.command_line || p.executable));
    if (chosen.short) parts.push(make('p', 'quiet', 'Shortened for this page: the outputs have the whole.'));
    if (p) parts.push(make('h3', '', 'Processes'), tree(p));
    parts.push(make('h3', '', 'Fields'), fields(e));
    detail.replaceChildren(...parts);
    if (shown !== chosen) detail.scrollTop = 0;
    shown = chosen;
  };

  const fields = (e) => {
    const all = make('dl');
    const walk = (name, value) => {
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        for (const key of Object.keys(value)) walk(name ? name + '.' + key : key, value[key]);
        return;
      }
      if (name === 'process.command_line' || name === 'ecs.version' || name === 'event.dataset') return;
      const quoted = name === 'process.args'; // it may have spaces, or be empty
      const text = Array.isArray(value) ? value.map((v) => quoted ? JSON.stringify(v) : String(v)).join(' ') : String(value);
      all.append(make('dt', '', name), make('dd', '', text));
    };
    walk('', e);
    return all;
  };

  const childrenOf = (pid) => [...processes.values()].filter((p) => p.parent === pid && p.pid !== pid);

  // tree has the process with what is above and below it, as far as their events came.
  const tree = (p) => {
    let known = processes.get(p.pid);
    // Another process may have the pid by now.
    if (!known || p.parent && known.parent !== p.parent.pid) known = {pid: p.pid, parent: p.parent ? p.parent.pid : 0, name: p.name, ran: p.command_line ? [p.command_line] : []};
    const above = [];
    const seen = new Set([p.pid]);
    let parent = known.parent;
    while (parent && !seen.has(parent) && above.length < keep.depth) {
      seen.add(parent);
      above.unshift(processes.get(parent) || {pid: parent, ran: []});
      parent = above[0].parent;
    }
    const root = make('ul', 'tree');
    let place = root;
    for (const one of above) place = branch(place, one, false);
    const own = branch(place, known, true);
    let room = keep.children;
    const below = (place, pid, depth) => {
      for (const child of childrenOf(pid)) {
        if (seen.has(child.pid)) continue;
        if (room-- <= 0) return;
        seen.add(child.pid);
        const next = branch(place, child, false);
        if (depth < keep.depth) below(next, child.pid, depth + 1);
      }
    };
    below(own, p.pid, 0);
    if (room < 0) own.append(make('li', 'quiet', 'and more'));
    return root;
  };

  const branch = (place, one, own) => {
    const item = make('li');
    const event = own ? null : newestOf(one.pid);
    const line = make(event ? 'button' : 'span', own ? 'this' : '');
    if (event) {
      line.type = 'button';
      line.addEventListener('click', () => {
        chosen = event;
        const row = $('e' + event.n);
        for (const old of list.querySelectorAll('[aria-selected="true"]')) old.setAttribute('aria-selected', 'false');
        if (row) row.setAttribute('aria-selected', 'true');
        said();
        showDetail();
        $('detail').focus();
      });
    }
    line.append(make('i', '', one.pid + ' '), textNode(one.ran.length ? one.ran.join('  →  ') : one.name || ''));
    if (!one.ran.length && !one.name) line.append(make('i', '', 'no event of it'));
    if (one.where) line.title = visible(one.where);
    const inner = make('ul');
    item.append(line, inner);
    place.append(item);
    return inner;
  };

  const newestOf = (pid) => {
    for (let i = events.length - 1; i >= 0; i--) if (events[i].e.process && events[i].e.process.pid === pid && !isAlert(events[i].e)) return events[i];
    return null;
  };

  // ---- Numbers and pictures ----

  const seconds = new Array(60).fill(0);
  let last = null; // the events of the status before
  const bars = () => {
    const most = Math.max(...seconds, 1);
    $('rates').replaceChildren(...seconds.map((n, i) => {
      const height = n ? Math.max(1.5, 34 * n / most) : 0.75;
      return draw('rect', {class: n ? 'one' : 'six', x: i * 4, y: 36 - height, width: 3, height});
    }));
    const top = Math.max(...seconds);
    $('rate').textContent = top ? 'last minute, at most ' + number(top) + ' a second' : '';
  };
  const shift = () => {
    seconds.push(0);
    seconds.shift();
  };

  const pie = [['cgroup', 'one'], ['parent', 'two'], ['runtime', 'three'], ['top', 'four'], ['host', 'five'], ['none', 'six']];
  const lossPlaces = [['kernel', 'bad'], ['socket', 'four'], ['queue', 'three'], ['spool', 'two']];

  // stack draws numbers as one bar with a legend. beside is what the bar has beside them, without a colour.
  const stack = (svg, legend, parts, of, beside, nothing) => {
    const drawn = parts.reduce((sum, [name]) => sum + (of[name] || 0), 0);
    const sum = drawn + beside;
    let x = 0;
    svg.replaceChildren(draw('rect', {class: 'six', x: 0, y: 0, width: 240, height: 12, opacity: .5}));
    legend.replaceChildren();
    for (const [name, colour] of parts) {
      const n = of[name] || 0;
      if (!n) continue;
      const width = Math.max(1.5, 240 * n / sum); // what there is can be seen
      svg.append(draw('rect', {class: colour, x, y: 0, width, height: 12}));
      x += width;
      const item = make('li');
      const square = draw('svg', {viewBox: '0 0 9 9', 'aria-hidden': 'true'});
      square.append(draw('rect', {class: colour, width: 9, height: 9, rx: 2}));
      const share = 100 * n / sum;
      item.append(square, textNode(name + ' ' + number(n) + (share < 100 ? ' (' + (share < 0.1 ? '<0.1' : share.toFixed(1)) + ' %)' : '')));
      legend.append(item);
    }
    if (!drawn) legend.append(make('li', '', nothing));
  };

  const showStatus = () => {
    $('events').textContent = number(status.events || 0);
    $('alerts').textContent = number(status.alerts || 0);
    const by = [0, 0, 0, 0];
    for (const from of [events, alerts]) for (const {e} of from) if (isAlert(e)) by[Math.min(Number(e.event.severity) || 3, 3)]++;
    const words = [[1, 'high'], [2, 'medium'], [3, 'low']].filter(([s]) => by[s]).map(([s, word]) => by[s] + ' ' + word);
    const older = (status.alerts || 0) - by[1] - by[2] - by[3];
    if (older > 0) words.push(number(older) + ' not listed');
    $('severities').textContent = words.join(', ') || 'none so far';
    $('host').textContent = visible([status.host, status.version && 'tswatch ' + status.version, status.doing === 'replay' ? 'replay' : ''].filter(Boolean).join(' · '));
    stack($('attribution'), $('methods'), pie, status.attribution || {}, 0, 'no event so far');
    stack($('loss'), $('places'), lossPlaces, status.lost_where || {}, status.events || 0, 'nothing was lost');
    $('ratio').textContent = status.lost ? number(status.lost) + ' lost' : '';
  };

  const choices = () => {
    for (const kind in stale) {
      const select = $(kind);
      if (!stale[kind] || select === document.activeElement) continue; // its list may be open
      stale[kind] = false;
      const options = [...found[kind]].sort((a, b) => a[1].localeCompare(b[1])).map(([value, label]) => {
        const option = make('option', '', label);
        option.value = value;
        return option;
      });
      const all = make('option', '', 'all');
      all.value = '';
      select.replaceChildren(all, ...options);
      select.value = filter[kind];
    }
  };

  // ---- What comes ----

  // bound lets the oldest go, alerts last.
  const bound = (items) => {
    if (items.length <= 2 * keep.events) return items;
    const older = items.slice(0, -keep.events).filter(({e}) => isAlert(e)).slice(-keep.alerts);
    return older.concat(items.slice(-keep.events));
  };

  let fresh = [];   // came since the last picture
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    setTimeout(show, document.hidden ? 1000 : 40); // a hidden page gets no animation frames
  };
  const show = () => {
    due = false;
    const items = fresh;
    fresh = [];
    if (items.length) {
      if (paused) {
        waiting = bound(waiting.concat(items));
        said();
      } else add(items);
    }
    choices();
    showStatus();
    if (chosen && items.some(({e}) => e.process && chosen.e.process && (e.process.pid === chosen.e.process.pid || e.process.parent && e.process.parent.pid === chosen.e.process.pid))) {
      const inside = $('detail').contains(document.activeElement) && document.activeElement !== $('detail');
      if (!inside) showDetail();
    }
  };
  const add = (items) => {
    events = events.concat(items);
    if (events.length > keep.events) {
      const gone = events.slice(0, events.length - keep.events);
      events = events.slice(-keep.events);
      alerts = alerts.concat(gone.filter(({e}) => isAlert(e))).slice(-keep.alerts);
    }
    listNew(items);
    const loud = items.filter(({e}) => isAlert(e)).slice(-3);
    if (loud.length) $('spoken').replaceChildren(...loud.map(({e}) => make('p', '', 'Alert: ' + sentence(e))));
  };

  let connection = 'connecting';
  const say = (state) => {
    connection = state || connection;
    const words = {connecting: 'connecting', live: 'live', lost: 'no connection, trying again', stopped: 'stopped, waiting for its next start', ended: 'ended'};
    $('state').dataset.state = paused ? 'paused' : connection;
    $('state').textContent = paused ? 'paused' : words[connection];
  };

  const forget = () => {
    events = [], alerts = [], waiting = [], fresh = [], chosen = null, last = null, seen = 0, missed = 0;
    list.classList.remove('dated');
    seconds.fill(0);
    processes.clear();
    listAll();
    showDetail();
  };

  const came = (short) => (e, id) => {
    const n = Number(id.slice(id.lastIndexOf('-') + 1));
    if (n <= seen) return; // a new connection begins with what was
    seen = n;
    fresh.push(take(e, short));
    fresh = bound(fresh);
  };
  const hear = {
    hello: (which) => {
      if (run !== null && run !== which) forget();
      run = which;
      say('live');
    },
    event: came(false),
    short: came(true),
    missed: (n) => {
      missed += n;
      said();
    },
    status: (s) => {
      status = s;
      // What was before this page opened has no second, unless tswatch is as young as the picture.
      if (last !== null || Date.now() - Date.parse(s.since) < 60000) seconds[59] += Math.max(0, s.events - (last || 0));
      last = s.events;
      if (!document.hidden) bars();
    },
    end: () => {
      source.close();
      if (status.doing === 'replay') return say('ended');
      say('stopped'); // for a restart, or an update
      setTimeout(connect, 2000);
    },
  };
  let source;
  const connect = () => {
    source = new EventSource('events');
    for (const kind in hear) {
      source.addEventListener(kind, (message) => {
        hear[kind](JSON.parse(message.data), message.lastEventId);
        soon();
      });
    }
    source.addEventListener('error', () => {
      say('lost');
      // The browser tries again by itself, except after an answer that is no stream: of a proxy, or that there are too many.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
    });
  };
  connect();
  setInterval(() => {
    shift();
    if (!document.hidden) bars();
  }, 1000);

  // ---- Hands ----

  const filtered = () => {
    $('only').setAttribute('aria-pressed', String(filter.only));
    $('all').setAttribute('aria-pressed', String(!filter.only));
    listAll();
    list.scrollTop = 0;
  };
  const setOnly = (only) => {
    filter.only = only;
    filtered();
  };
  const clear = () => {
    Object.assign(filter, {only: false, container: '', image: '', rule: '', search: ''});
    for (const id of ['container', 'image', 'rule', 'search']) $(id).value = '';
    filtered();
  };
  const pause = () => {
    paused = !paused;
    $('pause').setAttribute('aria-pressed', String(paused));
    $('pause').textContent = paused ? 'Go on' : 'Pause';
    if (!paused) {
      const items = waiting;
      waiting = [];
      add(items);
    }
    say();
    said();
  };
  const help = () => $('help').showModal();

  for (const kind of ['container', 'image', 'rule']) {
    $(kind).addEventListener('change', () => {
      filter[kind] = $(kind).value;
      filtered();
    });
    $(kind).addEventListener('blur', soon);
  }
  $('search').addEventListener('input', () => {
    filter.search = $('search').value.toLowerCase();
    filtered();
  });
  $('filters').addEventListener('submit', (event) => event.preventDefault());
  $('all').addEventListener('click', () => setOnly(false));
  $('only').addEventListener('click', () => setOnly(true));
  $('clear').addEventListener('click', clear);
  $('pause').addEventListener('click', pause);
  $('keys').addEventListener('click', help);
  list.addEventListener('click', (event) => choose(event.target.closest('li'), matchMedia('(max-width: 900px)').matches));

  const focusOn = (id) => () => $(id).focus();
  const keys = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    g: () => choose(list.firstElementChild), Home: () => choose(list.firstElementChild),
    G: () => choose(list.lastElementChild), End: () => choose(list.lastElementChild),
    Enter: () => chosen && openDetail(), Escape: closeDetail,
    '/': focusOn('search'), c: focusOn('container'), i: focusOn('image'), r: focusOn('rule'),
    a: () => setOnly(!filter.only), x: clear, p: pause, '?': help,
  };
  document.addEventListener('keydown', (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || $('help').open) return;
    if (at.tagName === 'INPUT' || at.tagName === 'SELECT') {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // the browser would take the text away
      list.focus({preventScroll: true});
      return;
    }
    const inDetail = $('detail').contains(at);
    const control = at.tagName === 'BUTTON';
    if (control && event.key === 'Enter' || inDetail && /^(Arrow|Home|End|Enter)/.test(event.key)) return; // the browser's own
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  for (const kind in stale) stale[kind] = true;
  choices();
  forget();
  bars();
  showStatus();
})();
