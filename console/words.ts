// How the page writes times, durations and shares.

const pad = (number: number) => `${number}`.padStart(2, '0');

/** Local time, `14:02:07`. */
export function writeTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
}

/** `14:02` */
export const writeMinute = (at: number): string => writeTime(at).slice(0, 5);

/** `2026-11-23 14:02:07`, when it isn't today: else the time alone. */
export function writeMoment(at: number, now: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return writeTime(at);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${writeTime(at)}`;
}

/** `0:07`, `12:30`, `1:02:03` */
export function writeDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** `7 s`, `12 min`, `3 h` */
export function writeAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `87 %`; a dash while there is nothing to have a share of. */
export const writeShare = (share: number | null): string =>
  share === null ? '–' : `${Math.round(share * 100)} %`;

/** `18 s`, from two minutes on `2:05`; a dash where nothing was measured. */
export function writeSeconds(seconds: number | null): string {
  if (seconds === null) return '–';
  return seconds < 120 ? `${Math.round(seconds)} s` : writeDuration(seconds * 1000);
}

/** `1 hook`, `3 hooks` */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** The name of a channel or list without the base, which all share. */
export const shortenPlace = (place: string, base = ''): string =>
  place.startsWith(`${base}:`) ? place.slice(base.length + 1) : place;
