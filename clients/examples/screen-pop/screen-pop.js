// Pops a card up when an agent's phone rings, from Axialys's messages of the live gateway.
// What comes from hooks is put into the page as text, never as HTML.
/* global io */
const form = document.querySelector('form');
const card = document.querySelector('article');
const write = (selector, text) => {
  document.querySelector(selector).textContent = text;
};

/** Seconds. An older ring waited somewhere: nobody's phone rings any more. */
const LATE = 60;

let call;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { gateway, login, password, agent } = Object.fromEntries(new FormData(form));
  try {
    const session = await logIn(gateway, login, password);
    form.hidden = true;
    listen(gateway, session, agent);
  } catch (error) {
    write('[role=status]', error.message);
  }
});

async function logIn(gateway, login, password) {
  const init = { requete: 'init', header: { login, password, account_type: 'supervisor' }, msg: {} };
  // A header holds ASCII alone.
  const ascii = JSON.stringify(init).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const response = await fetch(new URL('/ws/', gateway), { method: 'POST', headers: { 'X-JSON': ascii } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

function listen(gateway, { target, id_session }, agent) {
  const socket = io(gateway, { transports: ['websocket'] });
  // It connects again by itself, and must then say again who it is.
  socket.on('connect', () => {
    socket.emit('init', 'supervisor', target, id_session);
    write('[role=status]', `Listening for agent ${agent}`);
  });
  socket.on('disconnect', (reason) => {
    write('[role=status]', 'Not connected');
    // The gateway wants a new login: a session is good for two hours.
    form.hidden = reason !== 'io server disconnect';
  });
  socket.on('update', ({ event, elapse }) => show(event, elapse, agent));
}

function show({ type_notification, event, msg }, elapse, agent) {
  const isMine = type_notification === 'operator' && `${msg.id_operator}` === agent;
  const isOver = event === 'delete_call' && msg.id_call === call;
  if (isOver || (isMine && msg.status === 'available')) card.hidden = true;
  else if (isMine && (elapse <= LATE || msg.id_call === call)) {
    call = msg.id_call;
    write('#number', msg.caller_id_num ?? 'unknown number');
    write('#status', msg.status);
    write('#queue', msg.id_queue === undefined ? '' : `queue ${msg.id_queue}`);
    card.hidden = false;
  }
}
