const byId = (id) => document.getElementById(id);
const list = byId('books');

const say = (text) => {
  byId('status').textContent = text;
};

async function api(method, path, body) {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await fetch(path, {
    method,
    body: json ? JSON.stringify(body) : body,
    headers: json ? { 'content-type': 'application/json' } : {},
  });
  if (!response.ok) {
    const { detail } = await response.json().catch(() => ({ detail: response.statusText }));
    say(typeof detail === 'string' ? detail : 'That was not understood.');
    throw new Error(`${response.status}`);
  }
  return response.status === 204 ? null : response.json();
}

function show(book) {
  const item = document.createElement('li');
  item.id = `book-${book.id}`;
  const label = item.appendChild(document.createElement('label'));
  const read = label.appendChild(document.createElement('input'));
  read.type = 'checkbox';
  read.checked = book.read;
  read.onchange = () => api('PATCH', `/api/books/${book.id}`, { read: read.checked });
  label.append(' ');
  label.appendChild(document.createElement('cite')).textContent = book.title;
  label.append(`, ${book.author}`);
  const remove = item.appendChild(document.createElement('button'));
  remove.textContent = 'Remove';
  remove.onclick = () => api('DELETE', `/api/books/${book.id}`);
  const before = byId(item.id);
  if (before) before.replaceWith(item);
  else list.append(item);
}

byId('add').onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  await api('POST', '/api/books', Object.fromEntries(new FormData(form)));
  form.reset();
};

byId('import').onsubmit = async (event) => {
  event.preventDefault();
  const { added } = await api('POST', '/api/import', new FormData(event.target));
  say(`${added} books added.`);
};

// The list is drawn from events alone, so that every open page shows what any of them did.
const events = new EventSource('/events');
events.onopen = async () => {
  list.replaceChildren();
  for (const book of await api('GET', '/api/books')) show(book);
};
for (const kind of ['added', 'marked']) events.addEventListener(kind, ({ data }) => show(JSON.parse(data)));
events.addEventListener('removed', ({ data }) => byId(`book-${JSON.parse(data).id}`)?.remove());

function tick() {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws/ticker`);
  const choose = () => socket.send(byId('pause').value);
  socket.onopen = choose;
  byId('pause').onchange = choose;
  socket.onmessage = ({ data }) => {
    const { tick, listeners } = JSON.parse(data);
    byId('tick').textContent = tick;
    byId('listeners').textContent = listeners;
  };
  socket.onclose = () => setTimeout(tick, 1000);
}
tick();
