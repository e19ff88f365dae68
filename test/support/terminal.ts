// A terminal for a command: unlike that of script(1), which stops itself for ever once its child stood still.

const program = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;

/** The command line that runs a line of the shell on a terminal of 80 columns, and ends with its exit code. */
export const onTerminal = (line: string): readonly [file: string, ...args: string[]] => [
  '/usr/bin/python3',
  ...['-c', program, 'sh', '-c', `stty cols 80; ${line}`],
];
