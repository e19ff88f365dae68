// Preloaded into a sandbox: its clock is ahead by the milliseconds in CLOCK_FILE, as after a long freeze.
const { readFileSync } = require('node:fs');

const now = Date.now;
Date.now = () => now() + Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));
