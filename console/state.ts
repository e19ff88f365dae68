// What the page knows: who looks, what came last, and whether the connection holds.
import { computed, effect, signal } from '@preact/signals';
import type { Delivery, Me, Pushed, RefusedNews, Wall } from '../live/console/schema.ts';
import { findMe, NotAnswered } from './ask.ts';

/** So many rows are kept: the rest is found by searching. */
export const KEPT = 500;
/** Nothing came for so long, ms: the connection is lost, though nobody said so. */
const SILENCE = 15_000;
const RETRY = 2_000;
/** Between two renewals of the session, ms: it lasts for twelve hours. */
const RENEWAL = 3_600_000;

export const me = signal<Me | null | undefined>(undefined);
export const wall = signal<Wall | undefined>(undefined);
export const deliveries = signal<readonly Delivery[]>([]);
export const refused = signal<RefusedNews | undefined>(undefined);
export const reveal = signal(false);
export const connection = signal<'connecting' | 'connected' | 'lost'>('connecting');

/** By the clock of this machine, once a second. */
export const clock = signal(Date.now());
/** How far the gateway's clock is ahead, ms. */
const ahead = signal(0);
export const now = computed(() => clock.value + ahead.value);

const pages = ['deliveries', 'wall', 'trial', 'health'] as const;
export type Page = (typeof pages)[number];

const readPage = (): Page | undefined => pages.find((name) => location.hash.split('/')[1] === name);
const asked = signal(readPage());
const LARGE = '#/wall/large';
/** Is the wall alone on the screen? As an address, it is still so after the screen was switched off. */
export const large = signal(location.hash === LARGE);
export const page = computed<Page>(() => {
  if (me.value?.profile !== 'Admin') return 'wall';
  return asked.value ?? 'deliveries';
});

let feed: EventSource | undefined;
let heard = Date.now();
let retry: number | undefined;

/** Begins with whoever is logged in. */
export async function start(): Promise<void> {
  try {
    me.value = await findMe();
    connect();
  } catch (error) {
    if (error instanceof NotAnswered && error.status === 401) me.value = null;
    else lose();
  }
}

function connect(): void {
  feed?.close();
  clearTimeout(retry);
  if (!me.value) return;
  if (connection.value !== 'lost') connection.value = 'connecting';
  const source = new EventSource(`/console/api/events${reveal.peek() ? '?reveal=1' : ''}`);
  feed = source;
  heard = Date.now();
  const on = <Name extends keyof Pushed>(name: Name, take: (data: Pushed[Name]) => void) =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      hear();
      take(JSON.parse(data));
    });
  source.onopen = hear;
  source.addEventListener('ping', hear);
  on('wall', (news) => {
    ahead.value = news.at - Date.now();
    wall.value = news;
  });
  on('deliveries', ({ deliveries: news, complete }) => {
    // After a gap the list begins anew: nothing in it may be missing unseen.
    deliveries.value = complete ? [...news, ...deliveries.value].slice(0, KEPT) : news;
  });
  on('refused', (news) => {
    refused.value = news;
  });
  source.onerror = () => {
    if (source === feed) lose();
  };
}

function hear(): void {
  heard = Date.now();
  connection.value = 'connected';
}

/** Keeps the session of a screen that nobody touches. What goes wrong is seen by the events. */
setInterval(() => {
  if (me.peek()) findMe().catch(() => undefined);
}, RENEWAL);

/** Tries again until it is back; a session may be over by then. */
function lose(): void {
  feed?.close();
  feed = undefined;
  connection.value = 'lost';
  clearTimeout(retry);
  retry = setTimeout(start, RETRY);
}

/** The session is of the browser: whoever leaves in one tab has left in all. */
const tabs = new BroadcastChannel('hookline');
tabs.onmessage = ({ data }) => (data === 'entered' ? void start() : end());
export const callOtherTabs = (what: 'entered' | 'left'): void => tabs.postMessage(what);

export function end(): void {
  document.title = 'Hookline console';
  feed?.close();
  clearTimeout(retry);
  me.value = null;
  wall.value = undefined;
  deliveries.value = [];
  refused.value = undefined;
  reveal.value = false;
}

setInterval(() => {
  clock.value = Date.now();
  if (feed !== undefined && connection.peek() === 'connected' && Date.now() - heard > SILENCE) lose();
}, 1_000);

addEventListener('hashchange', () => {
  asked.value = readPage();
  large.value = location.hash === LARGE;
});

export async function showLarge(wanted: boolean): Promise<void> {
  location.hash = wanted ? LARGE : '#/wall';
  // A browser may refuse it: the wall is large in its window then.
  if (wanted) await document.documentElement.requestFullscreen().catch(() => undefined);
  else if (document.fullscreenElement !== null) await document.exitFullscreen();
}

/** Escape ends the browser's full screen, whose page hears nothing else of it. */
addEventListener('fullscreenchange', () => {
  if (document.fullscreenElement === null && large.peek()) void showLarge(false);
});
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && large.peek()) void showLarge(false);
});

let revealed = reveal.peek();
effect(() => {
  if (reveal.value === revealed) return;
  revealed = reveal.value;
  if (me.peek()) connect();
});
