// The page of the console begins here.
import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './state.ts';
import './style.css';

const place = document.getElementById('console');
if (place !== null) {
  place.replaceChildren();
  render(<App />, place);
  void start();
}
