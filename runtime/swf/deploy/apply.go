package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
)

// Store keeps programs by their hashes.
type Store interface {
	PutProgram(*ir.Program) (hash string, err error)
}

// An Entry is something that was done.
type Entry struct {
	Action Action
	Key    Key // zero: the domain
}

// Apply makes a domain what a plan says, and says what it does. What was done
// when it fails stays: the next plan has the rest. What another deploy has done
// meanwhile is as good as done here.
func Apply(ctx context.Context, api API, p *Plan, o Options, done func(Entry)) error {
	switch {
	case p.New:
		_, err := api.RegisterDomain(ctx, &swf.RegisterDomainInput{Name: &p.Domain, WorkflowExecutionRetentionPeriodInDays: &o.Retention})
		var exists *types.DomainAlreadyExistsFault
		if err != nil && !errors.As(err, &exists) {
			return err
		}
		done(Entry{Action: Register})
	case p.Restore:
		_, err := api.UndeprecateDomain(ctx, &swf.UndeprecateDomainInput{Name: &p.Domain})
		var exists *types.DomainAlreadyExistsFault
		if err != nil && !errors.As(err, &exists) {
			return err
		}
		done(Entry{Action: Undeprecate})
	}
	for _, c := range p.Changes {
		did, err := c.apply(ctx, api, p.Domain)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Key, err)
		}
		if did != Keep {
			done(Entry{did, c.Key})
		}
	}
	return nil
}

// apply does what a change says, and returns what was done.
func (c *Change) apply(ctx context.Context, api API, domain string) (Action, error) {
	var exists *types.TypeAlreadyExistsFault
	var gone *types.TypeDeprecatedFault
	switch {
	case c.Action == Register:
		err := RegisterType(ctx, api, domain, c.Type)
		if errors.As(err, &exists) {
			return c.found(ctx, api, domain)
		}
		return Register, err
	case c.Action == Undeprecate, c.Action == Differs && c.again:
		var err error
		if c.Kind == Workflow {
			_, err = api.UndeprecateWorkflowType(ctx, &swf.UndeprecateWorkflowTypeInput{Domain: &domain, WorkflowType: c.workflow()})
		} else {
			_, err = api.UndeprecateActivityType(ctx, &swf.UndeprecateActivityTypeInput{Domain: &domain, ActivityType: c.activity()})
		}
		if errors.As(err, &exists) {
			err = nil
		}
		return Undeprecate, err
	case c.Action == Deprecate:
		var err error
		if c.Kind == Workflow {
			_, err = api.DeprecateWorkflowType(ctx, &swf.DeprecateWorkflowTypeInput{Domain: &domain, WorkflowType: c.workflow()})
		} else {
			_, err = api.DeprecateActivityType(ctx, &swf.DeprecateActivityTypeInput{Domain: &domain, ActivityType: c.activity()})
		}
		if errors.As(err, &gone) {
			err = nil
		}
		return Deprecate, err
	}
	return Keep, nil
}

// A DiffersError says that a type was registered with other settings by somebody
// else while a plan was applied.
type DiffersError struct{ Change *Change }

// Error returns the message.
func (e *DiffersError) Error() string {
	var list []string
	for _, d := range e.Change.Differences {
		list = append(list, fmt.Sprintf("%s = %s in place of %s", d.Name, orNone(d.There), orNone(d.Here)))
	}
	return "it has just been registered with other settings: " + strings.Join(list, ", ")
}

// found looks at a type that has appeared since the plan was made.
func (c *Change) found(ctx context.Context, api API, domain string) (Action, error) {
	settings, err := describe(ctx, api, domain, c.Key)
	if err != nil {
		return Keep, err
	}
	if c.Differences = differences(c.Type.Settings, settings); len(c.Differences) > 0 {
		return Keep, &DiffersError{c}
	}
	return Keep, nil
}

// Missing registers the type of a program that has a key: what a decider does
// about a type that turns out not to be there. The parameters are those that
// the program has been given. That somebody else was faster is no error.
func Missing(ctx context.Context, api Registrar, domain string, p *ir.Program, params map[string]json.RawMessage, k Key) error {
	values, err := Values(p, params)
	if err != nil {
		return err
	}
	t, err := find(Source{p, values}, k)
	switch {
	case err != nil:
		return err
	case t == nil:
		return fmt.Errorf("the program has no %s", k)
	}
	err = RegisterType(ctx, api, domain, t)
	var exists *types.TypeAlreadyExistsFault
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// description returns where a type comes from, for people who look at the
// domain.
func (t *Type) description() *string {
	at := ir.Pos{File: -1}
	switch {
	case t.Workflow != nil:
		at = t.Workflow.At
	case t.Activity != nil:
		at = t.Activity.At
	}
	if t.Program == nil || at.File < 0 || int(at.File) >= len(t.Program.Sources) {
		return nil
	}
	text := []rune("of " + t.Program.Sources[at.File].Name)
	if len(text) > limits.Description {
		text = text[:limits.Description]
	}
	s := string(text)
	return &s
}
