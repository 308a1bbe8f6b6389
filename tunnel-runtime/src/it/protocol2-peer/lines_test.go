package main

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestALineIsTakenApart(t *testing.T) {
	r := bufio.NewReader(strings.NewReader("refused://mode?text=a%20b+c%26%3d%zz%4&x&=y\nrest"))
	l, err := readLine(r)
	if err != nil {
		t.Fatal(err)
	}
	if l.scheme != "refused" || l.body != "mode" || l.values["text"] != "a b+c&=%zz%4" {
		t.Errorf("%+v", l)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "rest" {
		t.Errorf("behind the line: %q", rest)
	}
}

func TestALineThatIsWrittenReadsTheSame(t *testing.T) {
	value := "50% of a&b=c#d\x00ü"
	text := formatLine("x", "y/1", "left-out", "", "value", value)
	l, err := readLine(bufio.NewReader(strings.NewReader(text)))
	if err != nil || l.body != "y/1" || l.values["value"] != value || len(l.values) != 1 {
		t.Errorf("%q: %+v, %v", text, l, err)
	}
}

func TestALineMayHave4096Bytes(t *testing.T) {
	longest := "x://" + strings.Repeat("a", longestLine-4)
	if _, err := readLine(bufio.NewReader(strings.NewReader(longest + "\n"))); err != nil {
		t.Error(err)
	}
	if _, err := readLine(bufio.NewReader(strings.NewReader(longest + "a\n"))); !errors.Is(err, errLineTooLong) {
		t.Error(err)
	}
}

func TestWhatIsNoLine(t *testing.T) {
	for _, text := range []string{"\n", "hello\n", "://x\n", "x://\r\n", "x://\x7f\n", "x://é\n"} {
		if _, err := readLine(bufio.NewReader(strings.NewReader(text))); !errors.Is(err, errNotALine) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNumbersAndDurations(t *testing.T) {
	for text, fine := range map[string]bool{
		"0": true, "9223372036854775807": true, "9223372036854775808": false, "": false, "-1": false, "+1": false, "1x": false,
	} {
		if _, err := number(text); (err == nil) != fine {
			t.Errorf("number %q: %v", text, err)
		}
	}
	for text, fine := range map[string]bool{"5000ms": true, "0ms": true, "5s": false, "ms": false, "1.5ms": false} {
		if _, err := duration(text); (err == nil) != fine {
			t.Errorf("duration %q: %v", text, err)
		}
	}
}
