// Frames.
// Source: docs/protocol.md, "A TCP stream on TLS" and "UDP".

package main

import (
	"bufio"
	"encoding/binary"
	"io"
)

const (
	frameData     = 1
	frameFin      = 2
	frameReset    = 3
	frameFlow     = 4
	frameDatagram = 5
	frameFlowEnd  = 6

	frameHead    = 4
	longestFlow  = 65_511 // of the payload of a frame of UDP
	longestPiece = 32 << 10
)

// putHead writes type and length into the first four bytes of a frame.
func putHead(frame []byte, kind byte, length int) {
	binary.BigEndian.PutUint32(frame, uint32(kind)<<24|uint32(length))
}

func emptyFrame(kind byte) []byte {
	frame := make([]byte, frameHead)
	putHead(frame, kind, 0)
	return frame
}

// flowFrame is a frame of UDP: a flow's number, then what comes with it.
func flowFrame(kind byte, flow uint32, rest []byte) []byte {
	frame := make([]byte, frameHead+4+len(rest))
	putHead(frame, kind, 4+len(rest))
	binary.BigEndian.PutUint32(frame[frameHead:], flow)
	copy(frame[frameHead+4:], rest)
	return frame
}

func readHead(r *bufio.Reader) (kind byte, length int, err error) {
	var head [frameHead]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return 0, 0, err
	}
	word := binary.BigEndian.Uint32(head[:])
	return byte(word >> 24), int(word & 0xffffff), nil
}
