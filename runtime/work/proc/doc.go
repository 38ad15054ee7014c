// Package proc runs one program to its end and says how it ended. It is the
// floor under a local run: it knows programs, pipes, signals and groups, and
// nothing of flows, nodes or retries.
//
// Terms. The program that [Spec] names becomes the leader of a fresh process
// group, whose number (the pgid) is the leader's process id. Its offspring
// belong to the group unless they leave it by setsid or setpgid. The log is what the program writes to stderr, and to
// stdout too where nobody wants stdout as a result. Grace is the time between
// asking a group to end (SIGTERM) and making it (SIGKILL). Offspring that the
// leader leaves behind in its group are called leftovers.
//
// # What is promised
//
// When [Process.Run] returns, the leader is reaped, no process of its group
// runs, and every descriptor that was opened for it is closed. Run returns
// soon after the leader has ended, whatever its offspring do:
//
//   - Leftovers that hold stdout or stderr are read for at most [Spec.Linger]
//     more, then the pipes are closed, so that who writes on gets SIGPIPE.
//   - Leftovers are ended: SIGTERM, grace, SIGKILL. What the leader left
//     running by design must leave the group (setsid), and is then not ours
//     to end; it cannot hold up Run either.
//   - Only a leader in uninterruptible sleep, which no signal ends, keeps Run
//     waiting. Leftovers in that state, or of a user whom we may not signal,
//     are given up a second after SIGKILL: they alone outlive Run.
//
// [Process.Stop] and [Process.Kill] end the whole group at any time, also
// before Run has started anything. A pgid must not name a stranger when it is
// signalled: a leader with a pidfd is reaped only when it was seen to have ended
// and signals are held off, and afterwards the leftovers themselves keep the
// number from being given away; it is forgotten once they are gone. (Without
// pidfds a signal may fall into the instant after the reaping.)
//
// # The terminal
//
// Programs have no terminal. If the caller has a controlling terminal, each
// leader gets a session of its own, which has none. So Ctrl-C reaches only the
// caller, who then decides; and a program that asks for a password on /dev/tty
// fails at once, where in a mere background group of the caller's session the
// kernel would stop it silently for ever. stdin is /dev/null or a pipe with
// [Spec.Stdin].
//
// # When the caller dies
//
// On Linux the leader asks the kernel for SIGTERM on its parent's death. The
// parent is strictly the thread that forked; Go ends a thread only when a
// goroutine ends while locked to it, so code that shares a process with this
// package must not let a goroutine end between LockOSThread and
// UnlockOSThread. Offspring of the leader get no such signal, though their
// pipes break: who must be sure records the pgid that [Spec.OnStart] tells.
//
// # Costs
//
// A running program occupies the goroutine that called Run, blocked in poll,
// and so one thread, of which Go allows 10,000: who runs more than some thousand
// programs at once is warned. On Linux there is no other goroutine. Starting uses
// [syscall.ForkExec], which on Linux does not copy the caller's page tables
// however large it is. A program without stdin or result opens one pipe.
package proc
