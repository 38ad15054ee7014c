package proc_test

import "github.com/flowc/flowc/runtime/local/proc"

func withoutPidfd(f func()) { proc.WithoutPidfd(f) }

const diesWithParent = true
