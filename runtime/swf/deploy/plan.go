package deploy

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
)

// Action is what is done to a type, or to the domain.
type Action string

// Actions.
const (
	Register    Action = "register"    // it is not there
	Undeprecate Action = "undeprecate" // it is there, and was deprecated
	Deprecate   Action = "deprecate"   // it is there, and no program has it
	Differs     Action = "differs"     // it is there with other settings, which cannot be changed
	Keep        Action = "keep"        // it is there as it should be
)

// A Difference is a setting that is registered otherwise.
type Difference struct {
	Name        string
	Here, There string // in the program, and in the domain; "" is none
}

// A Change is what is to be done about a type.
type Change struct {
	Action Action
	Key
	Type        *Type        // nil if no program has it
	Differences []Difference // of what differs
	Registered  time.Time    // when that was; zero if it is not
	again       bool         // it is deprecated too
}

// A Plan is what is different between programs and a domain.
type Plan struct {
	Domain   string
	New      bool      // the domain is to be registered
	Restore  bool      // the domain is deprecated
	Changes  []*Change // in the order of their keys, those that are kept too
	Obsolete int       // types of the domain that no program has, and that stay
}

// Count returns how many types are changed in a way.
func (p *Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Pending reports whether applying the plan does anything.
func (p *Plan) Pending() bool {
	return p.New || p.Restore || p.Count(Register)+p.Count(Undeprecate)+p.Count(Deprecate) > 0
}

// Options say what may be done to a domain beside registering types.
type Options struct {
	RegisterDomain bool   // if it is not there
	Retention      string // days, of a domain that is registered
	Prune          bool   // deprecate types that no program has
}

// ErrNoDomain is wrapped by the error that says that there is no such domain.
var ErrNoDomain = errors.New("there is no such domain")

// NewPlan compares types with a domain. It only reads.
func NewPlan(ctx context.Context, api API, domain string, wanted []*Type, o Options) (*Plan, error) {
	p := &Plan{Domain: domain}
	info, err := api.DescribeDomain(ctx, &swf.DescribeDomainInput{Name: &domain})
	var unknown *types.UnknownResourceFault
	switch {
	case errors.As(err, &unknown) && o.RegisterDomain:
		p.New = true
	case errors.As(err, &unknown):
		return nil, errors.Join(ErrNoDomain, err)
	case err != nil:
		return nil, err
	default:
		p.Restore = info.DomainInfo.Status == types.RegistrationStatusDeprecated
	}
	there := map[Key]registration{}
	if !p.New {
		if there, err = registered(ctx, api, domain); err != nil {
			return nil, err
		}
	}
	for _, t := range wanted {
		c, err := compare(ctx, api, domain, t, there)
		if err != nil {
			return nil, err
		}
		p.Changes = append(p.Changes, c)
		delete(there, t.Key)
	}
	for k, r := range there {
		switch {
		case r.deprecated:
		case o.Prune:
			p.Changes = append(p.Changes, &Change{Action: Deprecate, Key: k, Registered: r.created})
		default:
			p.Obsolete++
		}
	}
	slices.SortFunc(p.Changes, func(a, b *Change) int { return a.Key.compare(b.Key) })
	return p, nil
}

// compare returns what is to be done about a type.
func compare(ctx context.Context, api API, domain string, t *Type, there map[Key]registration) (*Change, error) {
	r, ok := there[t.Key]
	c := &Change{Action: Keep, Key: t.Key, Type: t, Registered: r.created, again: r.deprecated}
	if !ok {
		c.Action = Register
		return c, nil
	}
	settings, err := describe(ctx, api, domain, t.Key)
	if err != nil {
		return nil, err
	}
	switch c.Differences = differences(t.Settings, settings); {
	case len(c.Differences) > 0:
		c.Action = Differs
	case r.deprecated:
		c.Action = Undeprecate
	}
	return c, nil
}

// differences returns the settings that are not the same, in the order of their
// names. A priority that is not said is 0.
func differences(here, there []Setting) []Difference {
	var names []string
	for _, list := range [][]Setting{here, there} {
		for _, s := range list {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	slices.Sort(names)
	var list []Difference
	for _, name := range names {
		one, other := settingOf(here, name), settingOf(there, name)
		if name == "defaultLambdaRole" && one == "" {
			continue // no program can say it
		}
		if name == "defaultTaskPriority" {
			one, other = orZero(one), orZero(other)
		}
		if one != other {
			list = append(list, Difference{name, one, other})
		}
	}
	return list
}

func orZero(priority string) string {
	if priority == "" {
		return "0"
	}
	return priority
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// A registration is what a list says about a type.
type registration struct {
	deprecated bool
	created    time.Time
}

// registered returns all types of a domain.
func registered(ctx context.Context, api API, domain string) (map[Key]registration, error) {
	found := map[Key]registration{}
	for _, status := range []types.RegistrationStatus{types.RegistrationStatusRegistered, types.RegistrationStatusDeprecated} {
		deprecated := status == types.RegistrationStatusDeprecated
		workflows := swf.NewListWorkflowTypesPaginator(api, &swf.ListWorkflowTypesInput{Domain: &domain, RegistrationStatus: status})
		for workflows.HasMorePages() {
			page, err := workflows.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, t := range page.TypeInfos {
				k := Key{Workflow, aws.ToString(t.WorkflowType.Name), aws.ToString(t.WorkflowType.Version)}
				found[k] = registration{deprecated, aws.ToTime(t.CreationDate)}
			}
		}
		activities := swf.NewListActivityTypesPaginator(api, &swf.ListActivityTypesInput{Domain: &domain, RegistrationStatus: status})
		for activities.HasMorePages() {
			page, err := activities.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, t := range page.TypeInfos {
				k := Key{Activity, aws.ToString(t.ActivityType.Name), aws.ToString(t.ActivityType.Version)}
				found[k] = registration{deprecated, aws.ToTime(t.CreationDate)}
			}
		}
	}
	return found, nil
}
