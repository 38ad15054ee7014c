package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowc/flowc/runtime/swf/deploy"
)

// signs are what stands before a line of a plan.
var signs = map[deploy.Action]string{
	deploy.Register: "+", deploy.Undeprecate: "^", deploy.Deprecate: "-", deploy.Differs: "~",
}

// planText returns a plan for people.
func planText(p *deploy.Plan, color bool) string {
	var b strings.Builder
	line := func(sign, text string) {
		if codes := map[string]string{"+": "32", "^": "32", "-": "31", "~": "33"}; color {
			sign = "\x1b[" + codes[sign] + "m" + sign + "\x1b[0m"
		}
		fmt.Fprintf(&b, "%s %s\n", sign, text)
	}
	switch {
	case p.New:
		line("+", "domain "+p.Domain)
	case p.Restore:
		line("^", "domain "+p.Domain+" (is deprecated, and comes back)")
	}
	for _, c := range p.Changes {
		sign, ok := signs[c.Action]
		if !ok {
			continue
		}
		text := c.Key.String()
		switch c.Action {
		case deploy.Undeprecate:
			text += " (is deprecated, and comes back)"
		case deploy.Deprecate:
			text += " (is in none of the files)"
		}
		line(sign, text)
		if c.Action == deploy.Register {
			for _, s := range c.Type.Settings {
				fmt.Fprintf(&b, "    %s = %s\n", s.Name, s.Value)
			}
		}
		for _, d := range c.Differences {
			fmt.Fprintf(&b, "    %s = %s here, %s in the domain\n", d.Name, orNone(d.Here), orNone(d.There))
		}
	}
	if p.Obsolete > 0 {
		fmt.Fprintf(&b, "  %s of the domain in none of the files; --prune deprecates\n", plural(p.Obsolete, "type"))
	}
	fmt.Fprintf(&b, "Plan: %s.\n", planCounts(p))
	return b.String()
}

// planCounts returns the closing line of a plan.
func planCounts(p *deploy.Plan) string {
	register := p.Count(deploy.Register)
	var parts []string
	if p.New {
		parts = append(parts, "1 domain to register")
	}
	if p.Restore {
		parts = append(parts, "1 domain to undeprecate")
	}
	parts = append(parts, fmt.Sprintf("%d to register", register))
	for _, x := range []struct {
		action deploy.Action
		text   string
	}{{deploy.Undeprecate, "to undeprecate"}, {deploy.Deprecate, "to deprecate"}, {deploy.Differs, "registered with other settings"}, {deploy.Keep, "as they should be"}} {
		if n := p.Count(x.action); n > 0 || x.action == deploy.Deprecate {
			parts = append(parts, fmt.Sprintf("%d %s", n, x.text))
		}
	}
	return strings.Join(parts, ", ")
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// A planJSON is a plan as --json prints it.
type planJSON struct {
	Domain   string         `json:"domain"`
	Action   string         `json:"action,omitempty"` // what is done to the domain
	Changes  []changeJSON   `json:"changes"`
	Counts   map[string]int `json:"counts"`
	Obsolete int            `json:"obsolete,omitempty"`
}

type changeJSON struct {
	Action      string            `json:"action"`
	Kind        string            `json:"kind"`
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	Settings    map[string]string `json:"settings,omitempty"`
	Differences []differenceJSON  `json:"differences,omitempty"`
	Registered  *time.Time        `json:"registered,omitempty"`
}

type differenceJSON struct {
	Name  string `json:"name"`
	Here  string `json:"here,omitempty"`
	There string `json:"there,omitempty"`
}

// planObject returns a plan for programs.
func planObject(p *deploy.Plan) planJSON {
	o := planJSON{Domain: p.Domain, Changes: []changeJSON{}, Obsolete: p.Obsolete, Counts: map[string]int{}}
	switch {
	case p.New:
		o.Action = string(deploy.Register)
	case p.Restore:
		o.Action = string(deploy.Undeprecate)
	}
	for _, a := range []deploy.Action{deploy.Register, deploy.Undeprecate, deploy.Deprecate, deploy.Differs, deploy.Keep} {
		o.Counts[string(a)] = p.Count(a)
	}
	for _, c := range p.Changes {
		if c.Action == deploy.Keep {
			continue
		}
		x := changeJSON{Action: string(c.Action), Kind: string(c.Kind), Name: c.Name, Version: c.Version}
		if c.Type != nil {
			x.Settings = map[string]string{}
			for _, s := range c.Type.Settings {
				x.Settings[s.Name] = s.Value
			}
		}
		for _, d := range c.Differences {
			x.Differences = append(x.Differences, differenceJSON(d))
		}
		if !c.Registered.IsZero() {
			at := c.Registered.UTC()
			x.Registered = &at
		}
		o.Changes = append(o.Changes, x)
	}
	return o
}
