package lang

// slab hands out values of one type from arrays of growing size. The tree is
// made of many small nodes that live and die together; taking them one by one
// from the heap costs a third of the parser's time.
type slab[T any] struct {
	free []T
	size int
}

const (
	firstSlab = 8
	lastSlab  = 512
)

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.size = min(max(2*s.size, firstSlab), lastSlab)
		s.free = make([]T, s.size)
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}

// slabs holds a slab for each node that is frequent in real files.
type slabs struct {
	name    slab[Name]
	lit     slab[Lit]
	str     slab[StringLit]
	call    slab[CallExpr]
	field   slab[Field]
	binary  slab[Binary]
	step    slab[Step]
	node    slab[Call]
	ident   slab[Ident]
	named   slab[NamedType]
	record  slab[RecordLit]
	attrs   many[Attr]
	args    many[Arg]
	inits   many[FieldInit]
	exprs   many[Expr]
	stmts   many[Stmt]
	params  many[Param]
	idents  many[Ident]
	parts   many[StringPart]
	entries many[MapEntry]
}

// many collects lists of T of which one may begin while another is unfinished.
// A list is gathered on a shared stack and copied out at its exact length.
type many[T any] struct {
	stack []T
	free  []T
}

// mark returns where the list that now begins starts.
func (m *many[T]) mark() int { return len(m.stack) }

func (m *many[T]) add(v T) { m.stack = append(m.stack, v) }

// take ends the list that began at mark. An empty list is nil.
func (m *many[T]) take(mark int) []T {
	list := m.stack[mark:]
	n := len(list)
	if n == 0 {
		return nil
	}
	if n > len(m.free) {
		m.free = make([]T, max(n, min(2*cap(m.stack), lastSlab)))
	}
	out := m.free[:n:n]
	m.free = m.free[n:]
	copy(out, list)
	clear(list)
	m.stack = m.stack[:mark]
	return out
}
