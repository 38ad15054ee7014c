package ir

import "strings"

// StaticID returns the id of a node in the program, given one of a run: without
// the keys of items and the numbers of attempts, `etl/rows[]/load` for
// `etl/rows[p4]/load#2`. Keys are escaped, so that no bracket stands in one. An
// id without keys is returned as it is.
func StaticID(id string) string {
	static := true
	for k := 0; k < len(id) && static; k++ {
		static = id[k] != '[' && id[k] != '#'
	}
	if static {
		return id
	}
	b := make([]byte, 0, len(id)+1)
	for k := 0; k < len(id); k++ {
		switch c := id[k]; c {
		case '[':
			b = append(b, '[', ']')
			for k < len(id) && id[k] != ']' {
				k++
			}
		case '#':
			for k+1 < len(id) && '0' <= id[k+1] && id[k+1] <= '9' {
				k++
			}
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// WithoutAttempts returns the id of a node of a run without the numbers of
// attempts of the blocks around it: `etl/rows[p4]/load` for
// `etl/rows[p4]#3/load#2`. It is the same in every attempt.
func WithoutAttempts(id string) string {
	if !strings.Contains(id, "#") {
		return id
	}
	b := make([]byte, 0, len(id))
	for k := 0; k < len(id); k++ {
		if id[k] != '#' {
			b = append(b, id[k])
			continue
		}
		for k+1 < len(id) && '0' <= id[k+1] && id[k+1] <= '9' {
			k++
		}
	}
	return string(b)
}
