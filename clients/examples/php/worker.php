<?php
// Appends CDRs to a file of lines, one worker a file: BLMOVE takes a CDR into a list of this worker's own, LREM removes
// it when it is on the disk. Whatever goes wrong ends the program; the next run begins with what this one had.

const ENTRIES = 'enigma:notifications:campaigns';
[, $path, $name] = $argv + [1 => 'cdrs.jsonl', 2 => 'php'];
$own = '{' . ENTRIES . "}:processing:$name";
$dead = '{' . ENTRIES . '}:dead';

set_error_handler(fn($level, $message) => throw new ErrorException($message));

/** The last line, and the place behind it. What a crash left unfinished is cut off: it was not acknowledged. */
function openLines(string $path): array
{
    $file = fopen($path, 'c+');
    if (!flock($file, LOCK_EX | LOCK_NB)) throw new RuntimeException("another worker writes into $path");
    for ($last = ''; ($line = fgets($file)) !== false && str_ends_with($line, "\n"); $end = ftell($file)) $last = $line;
    ftruncate($file, $end ?? 0);
    fseek($file, 0, SEEK_END);
    // The name of a new file is on the disk when its folder is.
    exec('sync ' . escapeshellarg(dirname(realpath($path))), result_code: $failed);
    if ($failed) throw new RuntimeException("the folder of $path cannot be synchronised");
    return [$file, $last];
}

function append($file, string $line): void
{
    if (fwrite($file, $line) !== strlen($line) || !fflush($file) || !fsync($file))
        throw new RuntimeException('the line was not written: is the disk full?');
}

/** Null: no CDR. A line break outside of a text of JSON is a blank. */
function toLine(string $text): ?string
{
    $message = json_decode($text, true);
    if (($message['type'] ?? null) !== 'cdr' || !is_array($message['payload'] ?? null)) return null;
    return strtr($text, "\r\n", '  ') . "\n";
}

[$file, $last] = openLines($path);
$url = parse_url(getenv('REDIS_URL') ?: 'redis://127.0.0.1:8001');
$redis = new Redis();
$redis->connect($url['host'], $url['port'] ?? 6379, 5, null, 0, 10);
if (isset($url['pass'])) $redis->auth([$url['user'] ?: 'default', urldecode($url['pass'])]);
echo "started $name\n";

while (true) {
    // A minute after this, workers with a library take over what it holds.
    $redis->zAdd('{' . ENTRIES . '}:leases', (int) (microtime(true) * 1000) + 60_000, $name);
    // The oldest that it has taken: at the start what an earlier run left.
    $text = $redis->lRange($own, -1, -1)[0] ?? null;
    if ($text === null) {
        $redis->rawCommand('BLMOVE', ENTRIES, $own, 'RIGHT', 'LEFT', 1);
        continue;
    }
    $line = toLine($text);
    if ($line === null) {
        $id = hash('sha256', $text);
        $letter = ['entry' => $text, 'id' => $id, 'reason' => 'no CDR', 'tries' => 1, 'worker' => $name, 'at' => time() * 1000];
        $redis->lPush($dead, json_encode($letter, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR));
    } elseif ($line !== $last) {
        // The last line is there already when an earlier run ended before it could remove the entry.
        append($file, $line);
        $last = $line;
    }
    $redis->lRem($own, $text, 1);
}
