const form = document.getElementById('say');
const messages = document.getElementById('messages');
const status = document.getElementById('status');
const button = form.querySelector('button');
const restart = 1012; // the server is being restarted and will be back in a moment
let socket;

function connect() {
  const server = location.origin.replace('http', 'ws');
  socket = new WebSocket(`${server}/ws/rooms/${form.dataset.room}/`);
  socket.onopen = () => ready(true, 'connected');
  socket.onmessage = ({ data }) => show(JSON.parse(data));
  socket.onclose = ({ code }) => {
    // A new attempt that fails says nothing new.
    if (!button.disabled) ready(false, code === restart ? 'the server restarts …' : 'connection lost, trying again …');
    setTimeout(connect, 1000);
  };
}

function ready(yes, text) {
  button.disabled = !yes;
  status.textContent = text;
}

function show({ kind, name, text }) {
  const item = messages.appendChild(document.createElement('li'));
  item.className = kind;
  item.appendChild(document.createElement('b')).textContent = name;
  item.append(kind === 'said' ? `: ${text}` : ` ${kind}`);
  item.scrollIntoView();
}

form.onsubmit = (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ text: form.elements.text.value }));
  form.reset();
};

connect();
