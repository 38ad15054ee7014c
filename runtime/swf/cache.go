package swf

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A cache keeps the interpreters of the executions that were decided last, by
// run id. One that is being used is not in it: whoever takes it has it alone.
type cache[T any] struct {
	mu      sync.Mutex
	entries *simplelru.LRU[string, cached[T]]
	size    int64 // of the entries
	most    int64
}

type cached[T any] struct {
	value T
	size  int64
}

// newCache returns a cache of at most n entries, of a size of at most most
// together.
func newCache[T any](n int, most int64) *cache[T] {
	c := &cache[T]{most: most}
	c.entries, _ = simplelru.NewLRU(n, func(_ string, e cached[T]) { c.size -= e.size })
	return c
}

// take takes the entry of a run out.
func (c *cache[T]) take(run string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Peek(run)
	c.entries.Remove(run)
	return e.value, ok
}

// peek returns the entry of a run, and leaves it.
func (c *cache[T]) peek(run string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(run)
	return e.value, ok
}

// put keeps an entry, of a size. Those that were used longest ago make room.
func (c *cache[T]) put(run string, value T, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(run)
	c.size += size
	c.entries.Add(run, cached[T]{value, size})
	for c.size > c.most && c.entries.Len() > 0 {
		c.entries.RemoveOldest()
	}
}
