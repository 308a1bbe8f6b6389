// The lines a test reads. They stand in for the log of docs/protocol-1.md,
// "Log", without its time stamps; main.go lists them.

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

type events struct {
	mu  sync.Mutex
	out io.Writer
}

func newEvents(out io.Writer) *events {
	return &events{out: out}
}

// emit writes one event with a single, unbuffered write, so that a reader at
// the other end of a pipe sees it at once and never in pieces.
func (e *events) emit(format string, args ...any) {
	line := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
	e.mu.Lock()
	defer e.mu.Unlock()
	io.WriteString(e.out, line+"\n")
}
