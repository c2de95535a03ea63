// Loaded into a podql process: SIGUSR2 sets its wall clock off by as many milliseconds as the file says, as somebody would who
// sets the machine's; then the file is removed.
const { readFileSync, rmSync } = require('node:fs');

const trueNow = Date.now;
const file = process.env.WALL_CLOCK_OFFSET_FILE;
let offset = 0;
Date.now = () => trueNow() + offset;
process.on('SIGUSR2', () => {
  offset = Number(readFileSync(file, 'utf8'));
  rmSync(file);
});
