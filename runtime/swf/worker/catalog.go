package worker

import (
	"fmt"
	"maps"
	"sync"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/stdlib/activity"
)

// A definition is what is performed for tasks of a type.
type definition struct {
	program  *source
	activity *ir.Activity
}

// A source is a program with definitions in it.
type source struct {
	work   *work.Program
	ir     *ir.Program // nil: there is none
	byType map[string]*ir.Activity
}

// typeOf is the name and the version of a type.
type typeOf struct{ name, version string }

// A catalog finds what is performed for a task.
type catalog struct {
	load   func(hash string) (*ir.Program, error)
	root   string                // of programs that are loaded
	newest map[typeOf]definition // of the given programs
	named  map[string]definition // the same, of any version
	here   map[string]string     // functions of this process: name of the activity, by that of its type
	loose  *source               // for those that no program declares

	mu       sync.Mutex
	programs map[string]*source // by hash
}

// newCatalog reads the programs of a configuration.
func newCatalog(c *Config) (*catalog, error) {
	k := &catalog{
		load: c.Load, newest: map[typeOf]definition{}, named: map[string]definition{}, here: map[string]string{},
		loose: &source{work: work.Undeclared()}, programs: map[string]*source{},
	}
	for _, name := range c.Activities.Names() {
		k.here[names.Type(name)] = name
	}
	for _, p := range c.Programs {
		s, err := newSource(p)
		if err != nil {
			return nil, err
		}
		if k.root == "" {
			k.root = p.Root
		}
		k.programs[p.IR.Hash()] = s
		for name, a := range s.byType {
			d := definition{s, a}
			k.newest[typeOf{name, version(a)}], k.named[name] = d, d
		}
	}
	return k, nil
}

func newSource(p Program) (*source, error) {
	w, err := work.Prepare(p.IR, p.Root)
	if err != nil {
		return nil, err
	}
	s := &source{work: w, ir: p.IR, byType: make(map[string]*ir.Activity, len(p.IR.Activities))}
	for _, a := range p.IR.Activities {
		s.byType[names.Type(a.Name)] = a
	}
	return s, nil
}

// version returns the version of an activity's type.
func version(a *ir.Activity) string {
	if a.Version == "" {
		return names.DefaultVersion
	}
	return a.Version
}

// find returns what is performed for a task of a type; hash is that of its
// program, "" if it does not say.
func (k *catalog) find(t typeOf, hash string) (definition, error) {
	known := k.given(hash)
	if known != nil && known.byType[t.name] != nil {
		return definition{known, known.byType[t.name]}, nil
	}
	if d, ok := k.newest[t]; ok {
		return d, nil
	}
	if s := k.loaded(hash); s != nil && s.byType[t.name] != nil {
		return definition{s, s.byType[t.name]}, nil
	}
	name, here := k.here[t.name]
	d, other := k.named[t.name]
	switch {
	case here && other:
		return d, nil
	case here:
		return definition{k.loose, &ir.Activity{Name: name, Result: ir.JSONType}}, nil
	case other:
		return definition{}, fmt.Errorf("this worker has version %q of `%s`, and no %q", version(d.activity), d.activity.Name, t.version)
	}
	return definition{}, fmt.Errorf("this worker has no activity `%s`", t.name)
}

// given returns the program with a hash, nil if it is not known yet.
func (k *catalog) given(hash string) *source {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.programs[hash]
}

// loaded returns the activities of the library in the program with a hash from
// wherever programs are loaded from, nil if it is not there. Others are left
// out: a worker runs no program that it was not given.
func (k *catalog) loaded(hash string) *source {
	if hash == "" || k.load == nil {
		return nil
	}
	p, err := k.load(hash)
	if err != nil {
		return nil
	}
	s, err := newSource(Program{p, k.root})
	if err != nil {
		return nil
	}
	maps.DeleteFunc(s.byType, func(_ string, a *ir.Activity) bool { return a.Program != nil || !activity.InLibrary(a.Name) })
	k.mu.Lock()
	defer k.mu.Unlock()
	k.programs[hash] = s
	return s
}

// params returns the parameters of the program.
func (s *source) params() []ir.Param {
	if s.ir == nil {
		return nil
	}
	return s.ir.Params
}
