package history

import (
	"math/bits"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// exactly is how many durations a sketch keeps as they are.
const exactly = 1024

// fine is the number of bits of a duration that decide its bucket: of what is
// in one the least and the greatest differ by less than 1 %.
const fine = 7

// A sketch keeps many durations in little room: the first exactly, and if there
// are more, how many are about as long. The zero sketch is empty.
type sketch struct {
	exact   []ir.Duration
	buckets map[uint16]int64 // by bucketOf; nil while all are exact
	count   int64
	sum     ir.Duration
	longest ir.Duration
}

func (s *sketch) add(d ir.Duration) {
	d = max(0, d)
	s.count++
	s.sum += d
	s.longest = max(s.longest, d)
	switch {
	case s.buckets != nil:
		s.buckets[bucketOf(d)]++
	case len(s.exact) < exactly:
		s.exact = append(s.exact, d)
	default:
		s.buckets = map[uint16]int64{bucketOf(d): 1}
		for _, d := range s.exact {
			s.buckets[bucketOf(d)]++
		}
		s.exact = nil
	}
}

// bucketOf returns the number of the bucket of a duration: greater ones have
// greater numbers.
func bucketOf(d ir.Duration) uint16 {
	shift := max(0, bits.Len64(uint64(d))-fine)
	return uint16(shift)<<fine | uint16(d>>shift)
}

// mostIn returns the longest duration of a bucket.
func mostIn(bucket uint16) ir.Duration {
	shift := bucket >> fine
	return (ir.Duration(bucket&(1<<fine-1))+1)<<shift - 1
}

// quantiles returns for each q, from 0 to 1 and ascending, the least duration
// that is as long as that part of all are, or longer.
func (s *sketch) quantiles(qs ...float64) []ir.Duration {
	list := make([]ir.Duration, len(qs))
	if s.count == 0 {
		return list
	}
	slices.Sort(s.exact)
	keys := make([]uint16, 0, len(s.buckets))
	for b := range s.buckets {
		keys = append(keys, b)
	}
	slices.Sort(keys)
	at, seen := 0, int64(0) // buckets before keys[at] hold so many
	for i, q := range qs {
		rank := min(s.count, max(1, int64(q*float64(s.count)+0.999999)))
		if s.buckets == nil {
			list[i] = s.exact[rank-1]
			continue
		}
		for seen+s.buckets[keys[at]] < rank {
			seen += s.buckets[keys[at]]
			at++
		}
		list[i] = min(s.longest, mostIn(keys[at]))
	}
	return list
}
