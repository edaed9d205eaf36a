// The DOM mirror: what the canvas shows, as HTML with roles, for screen readers and for the tests.
// The program describes it (src/ui/mirror.h) as a list of
//
//   { kind: 'button', name, label, rect, disabled }     lies where it is drawn; a click activates it
//   { kind: 'table', name, label, columns, rows, total }
//   { kind: 'list', name, label, entries: [[term, value], ...] }
//   { kind: 'progress', name, label, value }
//   { kind: 'text', name, text }
//
// and what is new in words. Only what changed is touched.

export class Mirror {
  constructor(root, news, activate) {
    this.root = root;
    this.news = news;
    this.activate = activate;
    this.parts = new Map(); // by kind and name: { text, element }
  }

  show({ parts, news }) {
    const seen = new Set();
    for (const part of parts) {
      const key = `${part.kind} ${part.name}`;
      seen.add(key);
      const text = JSON.stringify(part);
      const known = this.parts.get(key);
      if (known?.text === text) continue;
      const element = makers[part.kind](part, this.activate);
      element.dataset.name = part.name;
      if (known) known.element.replaceWith(element);
      else this.root.append(element);
      this.parts.set(key, { text, element });
    }
    for (const [key, { element }] of this.parts) {
      if (seen.has(key)) continue;
      element.remove();
      this.parts.delete(key);
    }
    if (news) this.news.textContent = news;
  }
}

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function place(element, rect) {
  if (!rect) return;
  const [x, y, width, height] = rect;
  Object.assign(element.style, {
    left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px`,
  });
  element.dataset.rect = rect.join(' ');
}

const makers = {
  button({ name, label, rect, disabled, pressed }, activate) {
    const button = make('button', label, { tabindex: '-1', type: 'button' });
    button.disabled = Boolean(disabled);
    if (pressed !== undefined) button.setAttribute('aria-pressed', String(pressed));
    place(button, rect);
    button.addEventListener('click', () => activate(name));
    return button;
  },
  table({ label, columns, rows, total, selected }) {
    const table = make('table');
    if (total !== undefined) table.setAttribute('aria-rowcount', String(total + 1));
    table.append(make('caption', label));
    const head = make('tr');
    for (const column of columns) head.append(make('th', column, { scope: 'col' }));
    const thead = make('thead');
    thead.append(head);
    const body = make('tbody');
    for (const { cells, rect, index } of rows) {
      const row = make('tr');
      if (index !== undefined) row.setAttribute('aria-rowindex', String(index + 2));
      if (index !== undefined && index === selected) row.setAttribute('aria-selected', 'true');
      if (rect) row.dataset.at = rect.join(' ');
      for (const cell of cells) row.append(make('td', cell));
      body.append(row);
    }
    table.append(thead, body);
    return table;
  },
  list({ label, entries }) {
    const section = make('section', undefined, { 'aria-label': label });
    const list = make('dl');
    for (const [term, value] of entries) list.append(make('dt', term), make('dd', value));
    section.append(list);
    return section;
  },
  progress({ label, value }) {
    const progress = make('progress', undefined, { 'aria-label': label, max: '1' });
    progress.value = value;
    return progress;
  },
  text({ text }) {
    return make('p', text);
  },
};
