package swfserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
)

// A taskRef is what a task token stands for.
type taskRef struct {
	sort      byte // 'a' an activity task, 'd' a decision task
	runID     string
	scheduled int64
	started   int64
}

// tokenHead begins every task token; it is how those of the service begin.
var tokenHead = []byte{0, 0, 0, 0x2a, 0, 0, 0, 1, 0, 0, 0, 0}

// token returns the token of a task.
func (r taskRef) token() string {
	b := append([]byte{}, tokenHead...)
	b = append(b, r.sort)
	b = binary.BigEndian.AppendUint64(b, uint64(r.scheduled))
	b = binary.BigEndian.AppendUint64(b, uint64(r.started))
	b = append(b, r.runID...)
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

func readTaskToken(text string) (taskRef, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	rest, ok := bytes.CutPrefix(b, tokenHead)
	if err != nil || !ok || len(rest) < 1+8+8+4 {
		return taskRef{}, errInvalidToken
	}
	end := len(b) - 4
	if crc32.ChecksumIEEE(b[:end]) != binary.BigEndian.Uint32(b[end:]) {
		return taskRef{}, errInvalidToken
	}
	return taskRef{
		sort:      rest[0],
		scheduled: int64(binary.BigEndian.Uint64(rest[1:])),
		started:   int64(binary.BigEndian.Uint64(rest[9:])),
		runID:     string(rest[17 : len(rest)-4]),
	}, nil
}

// tokenRun returns the open run that a token of a sort is for.
func (s *Server) tokenRun(token string, sort byte) (*execution, taskRef, error) {
	ref, err := readTaskToken(token)
	if err == nil && ref.sort != sort {
		err = errInvalidToken
	}
	if err != nil {
		return nil, ref, err
	}
	x := s.runs[ref.runID]
	switch {
	case x == nil:
		return nil, ref, unknownExecution("", ref.runID)
	case !x.open():
		return nil, ref, unknownExecution(x.workflowID, x.runID)
	}
	return x, ref, nil
}

// A pageInput is the part of an input that asks for a page.
type pageInput struct {
	MaximumPageSize             int
	NextPageToken               string
	ReverseOrder                bool
	StartAtPreviousStartedEvent bool // of PollForDecisionTask only
}

// size returns how many items the page may have.
func (in *pageInput) size() int {
	if in.MaximumPageSize == 0 {
		return 1000
	}
	return in.MaximumPageSize
}

// A pageToken is what a page token stands for.
type pageToken struct {
	Query  []byte `json:"q"` // what was asked for, see queryOf
	Key    string `json:"k"` // where to go on
	Issued stamp  `json:"t"`
}

// tokenLife is how long a page token is good.
const tokenLife = 24 * 3600 * 1000

// queryOf returns a short form of a query. A page token is good for the query
// that it was given for, not for another.
func queryOf(parts ...any) []byte {
	sum := sha256.Sum256(encode(parts))
	return sum[:12]
}

// newToken returns the token for the page that begins after key, none for "".
func (s *Server) newToken(key string, query []byte) string {
	if key == "" {
		return ""
	}
	return base64.StdEncoding.EncodeToString(encode(pageToken{query, key, s.time}))
}

// readToken returns the key that a token of a query stands for, "" for none.
func (s *Server) readToken(token string, query []byte) (string, error) {
	if token == "" {
		return "", nil
	}
	text, err := base64.StdEncoding.DecodeString(token)
	var t pageToken
	if err != nil || json.Unmarshal(text, &t) != nil || !bytes.Equal(t.Query, query) {
		return "", errInvalidToken
	}
	if s.time-t.Issued > tokenLife {
		return "", errOldToken
	}
	return t.Key, nil
}
