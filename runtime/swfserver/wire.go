package swfserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// A call is a request to an operation.
type call struct {
	ctx       context.Context
	operation string
	region    string // that it was signed for
}

// An operation answers calls. Its result is encoded, unless it can write
// itself; nil is an empty answer.
type operation struct {
	decode func(body []byte) (any, error)
	answer func(s *Server, c *call, in any) (any, error)
	polls  bool // it waits, and therefore locks the server itself
}

// op makes an operation of a method that is called with the server locked.
func op[In any](f func(*Server, *call, *In) (any, error)) operation {
	return operation{
		decode: func(body []byte) (any, error) {
			in := new(In)
			return in, json.Unmarshal(body, in)
		},
		answer: func(s *Server, c *call, in any) (any, error) { return f(s, c, in.(*In)) },
	}
}

// polling makes an operation of a method that is called with the server
// unlocked.
func polling[In any](f func(*Server, *call, *In) (any, error)) operation {
	o := op(f)
	o.polls = true
	return o
}

// A writer is an answer that writes itself.
type writer interface{ writeTo(*bytes.Buffer) }

// maxRequest is the size of the largest request, headers included: the body
// leaves some room to them.
const maxRequest = 1 << 20

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-amzn-RequestId", requestID())
	if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/json") {
		w.Header().Set("Content-Type", "application/json")
	} else {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	}
	if forks(r.UserAgent()) {
		w.Header().Set("Connection", "close")
	}
	defer func() {
		if v := recover(); v != nil {
			s.log().Error("a request could not be answered: this is a bug in the server", "target", r.Header.Get("X-Amz-Target"), "panic", v)
			s.writeFault(w, internalFailure())
		}
	}()
	out, err := s.serve(r)
	var f *fault
	switch {
	case err == nil:
	case errors.As(err, &f):
		s.writeFault(w, f)
		return
	case r.Context().Err() != nil:
		return // nobody listens
	default:
		s.log().Error("a request could not be answered", "target", r.Header.Get("X-Amz-Target"), "error", err)
		s.writeFault(w, internalFailure())
		return
	}
	var b bytes.Buffer
	switch out := out.(type) {
	case nil:
	case writer:
		out.writeTo(&b)
	default:
		b.Write(encode(out))
	}
	write(w, http.StatusOK, b.Bytes())
}

// forks reports whether a client is one of Python's or Ruby's, whose programs
// (simpleflow's deciders and workers, aws-flow-ruby's workers) fork with connections
// open: two processes then speak on one, and each reads what the other asked for, or
// waits for ever. The service's TLS breaks such a connection, and they go on with a
// new one; here it is closed behind each answer.
func forks(agent string) bool {
	agent = strings.ToLower(agent)
	return strings.Contains(agent, "boto") || strings.Contains(agent, "ruby")
}

// serve returns the answer to a request.
func (s *Server) serve(r *http.Request) (any, error) {
	if r.Method != http.MethodPost {
		return nil, serviceFault("UnknownOperationException", "")
	}
	target := r.Header.Get("X-Amz-Target")
	name := target[strings.LastIndexByte(target, '.')+1:]
	o, ok := operations[name]
	if !ok || !strings.HasSuffix(strings.TrimSuffix(target, "."+name), "SimpleWorkflowService") {
		return nil, serviceFault("UnknownOperationException", "")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return nil, serviceFault("SerializationException", "The request could not be read")
	}
	if len(body) > maxRequest {
		f := serviceFault("RequestEntityTooLargeException", "Request size exceeded %d bytes", maxRequest)
		f.status = http.StatusRequestEntityTooLarge
		return nil, f
	}
	region, err := s.signer(r, body)
	if err != nil {
		return nil, err
	}
	in, err := decode(name, o, body)
	if err != nil {
		return nil, err
	}
	c := &call{ctx: r.Context(), operation: name, region: region}
	if o.polls {
		return o.answer(s, c, in)
	}
	var out any
	err = s.transact(func() (err error) {
		if err := s.admit(c); err != nil {
			return err
		}
		out, err = o.answer(s, c, in)
		return err
	})
	return out, err
}

// decode reads and checks a body.
func decode(name string, o operation, body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return nil, serviceFault("SerializationException", "The request is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, serviceFault("SerializationException", "Something follows the JSON object of the request")
	}
	pruned, err := validate(name, tree)
	if err != nil {
		return nil, err
	}
	if pruned { // such a member could pass for one of another case
		body = encode(tree)
	}
	in, err := o.decode(body)
	if err != nil {
		return nil, serviceFault("SerializationException", "The request could not be read: %v", err)
	}
	return in, nil
}

func (s *Server) writeFault(w http.ResponseWriter, f *fault) {
	side := "Sender"
	if f.status >= 500 {
		side = "Receiver"
	}
	w.Header().Set("x-amzn-query-error", f.name+";"+side)
	body := map[string]string{"__type": f.space + "#" + f.name}
	if f.message != "" {
		body["message"] = f.message
	}
	write(w, f.status, encode(body))
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever does not listen misses it
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Server) log() *slog.Logger {
	if s.config.Log != nil {
		return s.config.Log
	}
	return slog.New(slog.DiscardHandler)
}
