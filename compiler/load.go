package compiler

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// stdPrefix starts the path of an import that is part of the library.
const stdPrefix = "std/"

// loader reads files and follows their imports. A file is known by its key:
// its path relative to the root, with slashes, or its name in the library.
type loader struct {
	c      *checker
	root   string // absolute
	read   func(path string) ([]byte, error)
	byKey  map[string]*module // nil while the file is being loaded: then its import is a cycle
	within []visit            // the files being loaded, outermost first
}

// visit is a file being loaded, and the import of it that is being followed.
type visit struct {
	mod *module
	imp *lang.Import
}

// load reads src and everything that it imports into c.mods and c.order.
func (c *checker) load(src *diag.Source) {
	l := &loader{c: c, read: c.cfg.Read, byKey: map[string]*module{}}
	if l.read == nil {
		l.read = os.ReadFile
	}
	file := absolute(src.Name)
	l.root = filepath.Dir(file)
	if c.cfg.Root != "" {
		l.root = absolute(c.cfg.Root)
	}
	key := filepath.Base(file)
	if rel, ok := l.relative(file); ok {
		key = rel
	}
	l.load(src, key, "")
}

// absolute returns p as an absolute path, or p where the machine cannot say.
func absolute(p string) string {
	if abs, err := filepath.Abs(p); err == nil {
		return abs
	}
	return filepath.Clean(p)
}

// relative returns the path of file relative to the root, with slashes, and
// whether file lies within the root.
func (l *loader) relative(file string) (rel string, ok bool) {
	rel, err := filepath.Rel(l.root, file)
	if err != nil {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	return rel, rel != ".." && !strings.HasPrefix(rel, "../")
}

// load parses one file and follows its imports.
func (l *loader) load(src *diag.Source, key, name string) *module {
	file, diags := lang.Parse(src)
	l.c.diags.Merge(diags)
	m := &module{
		file:  file,
		name:  name,
		key:   key,
		index: int32(len(l.c.mods)),
		torn:  diags.HasErrors(),
	}
	l.c.mods = append(l.c.mods, m)
	l.c.prog.Sources = append(l.c.prog.Sources, ir.Source{Name: key, Text: string(src.Text)})
	l.byKey[key] = nil
	l.within = append(l.within, visit{mod: m})
	for _, imp := range file.Imports {
		l.within[len(l.within)-1].imp = imp
		l.follow(m, imp)
	}
	l.within = l.within[:len(l.within)-1]
	l.byKey[key] = m
	l.c.order = append(l.c.order, m)
	return m
}

// follow loads what imp names, and gives it its name in m.
func (l *loader) follow(m *module, imp *lang.Import) {
	alias, ok := importName(imp)
	if !ok {
		l.c.importWithoutName(m, imp)
		return
	}
	if before := m.imports[alias.Name]; before != nil {
		l.c.importedTwice(m, alias, before)
		return
	}
	target := l.resolve(m, imp)
	if target == nil {
		target = brokenModule
	}
	if m.imports == nil {
		m.imports = map[string]*importedModule{}
	}
	m.imports[alias.Name] = &importedModule{mod: target, decl: imp}
}

// brokenModule stands for what an import did not find. Whatever is looked up in
// it is broken too, silently.
var brokenModule = &module{broken: true, file: &lang.File{Source: &diag.Source{}}}

// importName returns the name that imp binds: the one after `as`, or else the
// last element of its path.
func importName(imp *lang.Import) (name lang.Ident, ok bool) {
	if imp.As != nil {
		return *imp.As, true
	}
	text, _ := imp.Path.Constant()
	text = strings.TrimSuffix(path.Base(text), ".flow")
	return lang.Ident{Range: imp.Path.Range, Name: text}, isValueName(text)
}

// isValueName reports whether s has the form of a lower-case name.
func isValueName(s string) bool {
	for i, r := range s {
		switch {
		case r == '_' || r >= 'a' && r <= 'z':
		case i > 0 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'):
		default:
			return false
		}
	}
	return s != ""
}

// resolve finds and loads the module that imp names; nil if that was reported.
func (l *loader) resolve(m *module, imp *lang.Import) *module {
	text, ok := imp.Path.Constant()
	switch {
	case !ok:
		l.c.importNotConstant(m, imp)
		return nil
	case strings.HasPrefix(text, stdPrefix):
		return l.library(m, imp, strings.TrimSuffix(text, ".flow"))
	case !strings.HasPrefix(text, "./") && !strings.HasPrefix(text, "../"):
		l.c.importForm(m, imp, text)
		return nil
	case strings.HasPrefix(m.key, stdPrefix):
		l.c.importFromLibrary(m, imp)
		return nil
	}
	key := path.Join(path.Dir(m.key), text)
	if key == ".." || strings.HasPrefix(key, "../") {
		l.c.importOutside(m, imp, filepath.ToSlash(l.root))
		return nil
	}
	if known, ok := l.known(m, imp, key); ok {
		return known
	}
	file := filepath.Join(l.root, filepath.FromSlash(key))
	if l.linkedOutside(file) {
		l.c.importOutside(m, imp, filepath.ToSlash(l.root))
		return nil
	}
	data, err := l.read(file)
	if err != nil {
		l.c.importUnreadable(m, imp, err)
		return nil
	}
	shown := filepath.Join(filepath.Dir(m.file.Source.Name), filepath.FromSlash(text))
	return l.load(diag.NewSource(shown, data), key, strings.TrimSuffix(key, ".flow"))
}

// linkedOutside reports whether symbolic links lead from file out of the root.
func (l *loader) linkedOutside(file string) bool {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return false // reading it will say why
	}
	root, err := filepath.EvalSymlinks(l.root)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(root, real)
	return err != nil || rel == ".." || strings.HasPrefix(filepath.ToSlash(rel), "../")
}

// library loads a module of the library.
func (l *loader) library(m *module, imp *lang.Import, name string) *module {
	if known, ok := l.known(m, imp, name); ok {
		return known
	}
	var data []byte
	found := false
	if l.c.cfg.Std != nil {
		data, found = l.c.cfg.Std(name)
	}
	if !found {
		l.c.importUnknownLibrary(m, imp, name)
		return nil
	}
	return l.load(diag.NewSource(name, data), name, name)
}

// known returns the module with the given key if it has been met. A module
// that is still being loaded imports itself through others: that is reported.
func (l *loader) known(m *module, imp *lang.Import, key string) (mod *module, ok bool) {
	mod, ok = l.byKey[key]
	if ok && mod == nil {
		for i, v := range l.within {
			if v.mod.key == key {
				l.c.importCycle(m, imp, l.within[i:])
				break
			}
		}
	}
	return mod, ok
}
