package swfserver

import "slices"

// A sorted is a collection in the order of its keys.
type sorted[T any] struct {
	keys  []string
	items map[string]T
}

func (c *sorted[T]) get(key string) (T, bool) {
	v, ok := c.items[key]
	return v, ok
}

func (c *sorted[T]) put(key string, v T) {
	if c.items == nil {
		c.items = map[string]T{}
	}
	if k, found := slices.BinarySearch(c.keys, key); !found {
		c.keys = slices.Insert(c.keys, k, key)
	}
	c.items[key] = v
}

func (c *sorted[T]) remove(key string) {
	if k, found := slices.BinarySearch(c.keys, key); found {
		c.keys = slices.Delete(c.keys, k, k+1)
		delete(c.items, key)
	}
}

// page returns up to n items that match, in order or in reverse, from the key
// after the one given ("" is the beginning), and the last key if there are more.
func (c *sorted[T]) page(after string, reverse bool, n int, match func(T) bool) (items []T, last string) {
	key := ""
	for k := range c.from(after, reverse) {
		v := c.items[k]
		if !match(v) {
			continue
		}
		if len(items) == n {
			return items, key
		}
		items, key = append(items, v), k
	}
	return items, ""
}

// from calls yield with the keys after the one given.
func (c *sorted[T]) from(after string, reverse bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		k, found := slices.BinarySearch(c.keys, after)
		step := 1
		switch {
		case reverse && after == "":
			k, step = len(c.keys)-1, -1
		case reverse:
			k, step = k-1, -1
		case found:
			k++
		}
		for ; k >= 0 && k < len(c.keys) && yield(c.keys[k]); k += step {
		}
	}
}
