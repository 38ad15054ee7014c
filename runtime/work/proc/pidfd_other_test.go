//go:build unix && !linux

package proc_test

func withoutPidfd(f func()) { f() }

const diesWithParent = false
