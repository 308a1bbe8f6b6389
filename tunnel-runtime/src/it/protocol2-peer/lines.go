// Lines: URLs in printable ASCII.
// Source: docs/protocol.md, "Lines".

package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const longestLine = 4096

var (
	errLineTooLong = errors.New("a line of more than 4096 bytes")
	errNotALine    = errors.New("not a line")
)

type line struct {
	scheme, body string
	values       map[string]string
}

// readLine takes one line off the reader and nothing behind it. An end before
// the line's first byte is an io.EOF; it is also one in the middle of a line,
// since nobody here treats the two differently.
func readLine(r *bufio.Reader) (line, error) {
	var text []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			return line{}, err
		}
		if b == '\n' {
			return parseLine(string(text))
		}
		if b < 0x20 || b > 0x7e {
			return line{}, fmt.Errorf("%w: it has the byte %#02x", errNotALine, b)
		}
		if len(text) == longestLine {
			return line{}, errLineTooLong
		}
		text = append(text, b)
	}
}

func parseLine(text string) (line, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || scheme == "" {
		return line{}, fmt.Errorf("%w: %q", errNotALine, text)
	}
	body, query, _ := strings.Cut(rest, "?")
	l := line{scheme: scheme, body: body, values: map[string]string{}}
	for _, pair := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			l.values[name] = decode(value)
		}
	}
	return l, nil
}

// decode turns every %xx into its byte and takes all else as it stands, a plus
// sign and a stray percent sign too; net/url would do neither.
func decode(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) {
			if b, err := hex.DecodeString(value[i+1 : i+3]); err == nil {
				out.WriteByte(b[0])
				i += 2
				continue
			}
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

func encode(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if b := value[i]; b <= 0x20 || b > 0x7e || strings.IndexByte("%&=#", b) >= 0 {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// formatLine writes a line with its \n. Pairs are name, value, name, value; an
// empty value leaves its parameter out.
func formatLine(scheme, body string, pairs ...string) string {
	var out strings.Builder
	out.WriteString(scheme + "://" + body)
	separator := byte('?')
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		out.WriteByte(separator)
		out.WriteString(pairs[i] + "=" + encode(pairs[i+1]))
		separator = '&'
	}
	out.WriteByte('\n')
	return out.String()
}

// number reads a whole number that is not negative, of up to 19 digits.
func number(text string) (uint64, error) {
	if len(text) > 19 || strings.Trim(text, "0123456789") != "" {
		return 0, fmt.Errorf("not a number: %q", text)
	}
	return strconv.ParseUint(text, 10, 63)
}

func duration(text string) (time.Duration, error) {
	digits, found := strings.CutSuffix(text, "ms")
	n, err := number(digits)
	if !found || err != nil || n > uint64(24*time.Hour/time.Millisecond) {
		return 0, fmt.Errorf("not a duration: %q", text)
	}
	return time.Duration(n) * time.Millisecond, nil
}

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

// isHex tells whether the text is that many lower-case hex digits.
func isHex(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// isName tells whether the text may be a name, a session id or a launch's id.
func isName(text string) bool {
	if len(text) < 1 || len(text) > 64 {
		return false
	}
	for _, c := range []byte(text) {
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._-", c) >= 0) {
			return false
		}
	}
	return true
}
