// Package limits is the one table of what Amazon SWF allows. The analyses that
// warn before a flow is deployed and the driver that must never send too much
// read the same numbers here.
//
// Lengths are in characters, as the service counts them; times in seconds.
// Names say what is limited; [Table] has a sentence for each, for
// `flowc plan` and the documentation. Quotas that AWS raises on request are
// marked so: they are the defaults.
package limits

// Of one execution.
const (
	HistoryEvents  = 25_000             // events of a history; then the service terminates it
	OpenActivities = 1_000              // activity tasks scheduled and not closed
	OpenTimers     = 1_000              // timers started and not fired
	OpenChildren   = 1_000              // child executions started and not closed
	OpenLambdas    = 1_000              // Lambda functions scheduled and not closed
	ExecutionSecs  = 365 * 24 * 60 * 60 // start to close of an execution: a year
	LambdaSecs     = 900                // start to close of a Lambda function
	ExecutionTags  = 5
	Decisions      = 100     // decisions in one answer that every client keeps to
	RequestBytes   = 1 << 20 // any request, its headers included
)

// Lengths of texts.
const (
	Input        = 32_768 // of executions, tasks, signals and children
	Result       = 32_768
	Details      = 32_768 // of failures, cancellations, markers
	Control      = 32_768
	Context      = 32_768 // execution context of a decision
	HeartbeatLen = 2_048  // details of a heartbeat
	Reason       = 256
	ID           = 256 // workflow, activity and timer ids
	Name         = 256 // types, domains, task lists, markers, signals
	Version      = 64
	RunID        = 64
	Tag          = 256
	Identity     = 256
	Description  = 1_024
	DurationLen  = 8 // digits of a duration in seconds, or NONE
	TaskToken    = 1_024
	PageToken    = 2_048
	LambdaName   = 64
)

// Of an account, domain or task list.
const (
	Domains           = 100     // of an account, deprecated ones too; may be raised
	Types             = 10_000  // workflow types, and activity types, of a domain each; may be raised
	OpenExecutions    = 100_000 // of a domain, children too; may be raised
	TasksPerSecond    = 2_000   // scheduled on one task list
	Pollers           = 1_000   // of one task list
	RetentionDays     = 90
	PollSecs          = 60 // how long a poll waits
	PageSize          = 1_000
	DomainTags        = 50
	MaxTaskPriority   = 1<<31 - 1
	MinTaskPriority   = -1 << 31
	HistoryPageTokens = 24 * 60 * 60 // seconds that a page token lives
)

// Limit is a row of [Table].
type Limit struct {
	Name  string // `events of an execution`
	Value int
	Unit  string // "characters", "seconds", "bytes", "days" or "" for a count
	Then  string // what the service does beyond it
}

// Table lists the limits that a flow can run into, the hard ones first.
var Table = []Limit{
	{"events of an execution's history", HistoryEvents, "", "the execution is terminated (EVENT_LIMIT_EXCEEDED)"},
	{"time of an execution", ExecutionSecs, "seconds", "the execution times out"},
	{"open activity tasks of an execution", OpenActivities, "", "scheduling fails (OPEN_ACTIVITIES_LIMIT_EXCEEDED)"},
	{"open timers of an execution", OpenTimers, "", "starting fails (OPEN_TIMERS_LIMIT_EXCEEDED)"},
	{"open child executions of an execution", OpenChildren, "", "starting fails (OPEN_CHILDREN_LIMIT_EXCEEDED)"},
	{"open Lambda functions of an execution", OpenLambdas, "", "scheduling fails (OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED)"},
	{"input of a task, signal or execution", Input, "characters", "the request is refused"},
	{"result of a task or execution", Result, "characters", "the request is refused"},
	{"details of a failure", Details, "characters", "the request is refused"},
	{"details of a heartbeat", HeartbeatLen, "characters", "the request is refused"},
	{"reason of a failure", Reason, "characters", "the request is refused"},
	{"id of an activity, timer or execution", ID, "characters", "the request is refused"},
	{"name of a type, task list, marker or signal", Name, "characters", "the request is refused"},
	{"version of a type", Version, "characters", "the request is refused"},
	{"decisions in one answer", Decisions, "", "clients send the rest with the next decision task"},
	{"size of a request", RequestBytes, "bytes", "the request is refused"},
	{"tags of an execution", ExecutionTags, "", "the request is refused"},
	{"length of a tag", Tag, "characters", "the request is refused"},
	{"digits of a duration in seconds", DurationLen, "characters", "the request is refused"},
	{"time of a Lambda function", LambdaSecs, "seconds", "the request is refused"},
	{"tasks scheduled on a task list in a second", TasksPerSecond, "", "scheduling fails (ACTIVITY_CREATION_RATE_EXCEEDED)"},
	{"pollers of a task list", Pollers, "", "the poll is refused"},
	{"open executions of a domain", OpenExecutions, "", "starting fails (OPEN_WORKFLOWS_LIMIT_EXCEEDED)"},
	{"types of a domain, of each kind", Types, "", "registering fails"},
	{"retention of closed executions", RetentionDays, "days", "the request is refused"},
}

// ValidID reports whether s can be the name of a domain, type or task list, or
// the id of an execution, activity or timer: 1 to 256 characters, none of
// `: / |`, no control characters, no white space at its ends, and not `arn`.
func ValidID(s string) bool {
	n, first, last := 0, rune(0), rune(0)
	for _, r := range s {
		if r == ':' || r == '/' || r == '|' || r < 0x20 || r >= 0x7f && r <= 0x9f || r == 0xfffd {
			return false
		}
		if n == 0 {
			first = r
		}
		last = r
		n++
	}
	return n > 0 && n <= ID && s != "arn" && !space(first) && !space(last)
}

func space(r rune) bool { return r == ' ' || r == 0xa0 || r == 0x3000 }
