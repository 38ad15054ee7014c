package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/account"
)

// An UnknownProgramError says that a store does not have a program.
type UnknownProgramError struct {
	Hash  string
	Where string
}

// Error returns a sentence.
func (e *UnknownProgramError) Error() string {
	return fmt.Sprintf("the program %s is not in %s: `flowc deploy` puts it there", e.Hash, e.Where)
}

// loaded is a program made ready to run.
type loaded struct {
	program *ir.Program
	plan    *runtime.Plan
}

// maxProgram is how much of a program is read.
const maxProgram = 256 << 20

// PutProgram keeps a program and returns its hash. What the store has it keeps:
// programs of one hash behave the same.
func (s *Store) PutProgram(p *ir.Program) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	hash := p.Hash()
	text, err := p.Encode()
	if err != nil {
		return "", err
	}
	key, err := programKey(hash)
	if err != nil {
		return "", err
	}
	there, err := s.files.has(ctx, key)
	if err == nil && !there {
		err = s.create(ctx, key, text)
	}
	if err != nil {
		return "", fmt.Errorf("the program cannot be kept in %s: %w", s.where, account.Explain(err))
	}
	return hash, nil
}

// Program returns the program with a hash, ready to run. The error is an
// *[UnknownProgramError] if the store does not have it.
func (s *Store) Program(hash string) (*ir.Program, *runtime.Plan, error) {
	if l, ok := s.plans.Get(hash); ok {
		return l.program, l.plan, nil
	}
	key, err := programKey(hash)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	in, err := s.open(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &UnknownProgramError{hash, s.where}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the program %s cannot be read from %s: %w", hash, s.where, account.Explain(err))
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxProgram))
	if err != nil {
		return nil, nil, fmt.Errorf("the program %s cannot be read from %s: %w", hash, s.where, account.Explain(err))
	}
	p, err := ir.DecodeProgram(text)
	if err == nil && p.Hash() != hash {
		err = fmt.Errorf("it is %s", p.Hash())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the program %s was altered in %s: %w", hash, s.where, err)
	}
	plan, err := runtime.Prepare(p)
	if err != nil {
		return nil, nil, err
	}
	s.plans.Add(hash, loaded{p, plan})
	return p, plan, nil
}

// programKey returns where a store has the program with a hash.
func programKey(hash string) (string, error) {
	sum, ok := strings.CutPrefix(hash, "sha256:")
	if !ok || len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
		return "", fmt.Errorf("`%s` is no hash of a program", hash)
	}
	return "ir/" + address(sum), nil
}
