// Appends CDRs to a file of lines, one worker a file: BLMOVE takes a CDR into a list of this worker's own, LREM removes
// it when it is on the disk. Whatever goes wrong ends the program; the next run begins with what this one had.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gomodule/redigo/redis"
)

const list = "enigma:notifications:campaigns"

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// Cuts off what a crash left unfinished, which was not acknowledged, and answers the last line.
func openLines(path string) (file *os.File, last string) {
	file = must(os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600))
	must(0, syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	end, lines := 0, bufio.NewReader(file)
	for line, err := lines.ReadString('\n'); err == nil; line, err = lines.ReadString('\n') {
		last, end = line, end+len(line)
	}
	must(0, file.Truncate(int64(end)))
	// The name of a new file is on the disk when its folder is.
	must(0, must(os.Open(filepath.Dir(path))).Sync())
	return file, last
}

func isCdr(text string) bool {
	var message map[string]any
	failure := json.Unmarshal([]byte(text), &message)
	_, hasPayload := message["payload"].(map[string]any)
	return failure == nil && hasPayload && message["type"] == "cdr"
}

func main() {
	path, name := os.Args[1], os.Args[2]
	own, leases, dead := "{"+list+"}:processing:"+name, "{"+list+"}:leases", "{"+list+"}:dead"
	file, last := openLines(path)
	client := must(redis.DialURL(os.Getenv("REDIS_URL"), redis.DialReadTimeout(10*time.Second)))
	fmt.Println("started", name)
	for {
		// A minute after this, workers with a library take over what it holds.
		must(client.Do("ZADD", leases, time.Now().UnixMilli()+60_000, name))
		// The oldest that it has taken: at the start what an earlier run left.
		taken := must(redis.Strings(client.Do("LRANGE", own, -1, -1)))
		if len(taken) == 0 {
			must(client.Do("BLMOVE", list, own, "RIGHT", "LEFT", 1))
			continue
		}
		text := taken[0]
		line := strings.NewReplacer("\r", " ", "\n", " ").Replace(text) + "\n"
		if !isCdr(text) {
			id := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
			letter := map[string]any{"entry": text, "id": id, "reason": "no CDR", "tries": 1, "worker": name, "at": time.Now().UnixMilli()}
			must(client.Do("LPUSH", dead, must(json.Marshal(letter))))
		} else if line != last {
			// The last line is there already when an earlier run ended before it could remove the entry.
			must(file.WriteString(line))
			must(0, file.Sync())
			last = line
		}
		must(client.Do("LREM", own, 1, text))
	}
}
