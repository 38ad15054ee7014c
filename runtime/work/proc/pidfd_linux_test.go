package proc_test

import "github.com/flowc/flowc/runtime/work/proc"

func withoutPidfd(f func()) { proc.WithoutPidfd(f) }

const diesWithParent = true
