package swfserver

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Quotas are the limits of the service. A zero member is the service's own.
type Quotas struct {
	Domains             int // with those that are deprecated; 100
	ActivityTypes       int // in a domain, with those that are deprecated; 10,000
	WorkflowTypes       int // likewise
	OpenExecutions      int // in a domain; 100,000
	HistoryEvents       int // of a run; 25,000
	OpenActivities      int // of a run; 1,000
	OpenTimers          int // likewise
	OpenChildren        int // likewise
	OpenLambdaFunctions int // likewise
	PollsPerTaskList    int // 1,000
}

// A quotaRow ties a quota to its name and to the service's value.
type quotaRow struct {
	name    string
	of      func(*Quotas) *int
	service int
}

var quotaRows = []quotaRow{
	{"domains", func(q *Quotas) *int { return &q.Domains }, 100},
	{"activity-types", func(q *Quotas) *int { return &q.ActivityTypes }, 10_000},
	{"workflow-types", func(q *Quotas) *int { return &q.WorkflowTypes }, 10_000},
	{"open-executions", func(q *Quotas) *int { return &q.OpenExecutions }, 100_000},
	{"history-events", func(q *Quotas) *int { return &q.HistoryEvents }, 25_000},
	{"open-activities", func(q *Quotas) *int { return &q.OpenActivities }, 1_000},
	{"open-timers", func(q *Quotas) *int { return &q.OpenTimers }, 1_000},
	{"open-children", func(q *Quotas) *int { return &q.OpenChildren }, 1_000},
	{"open-lambdas", func(q *Quotas) *int { return &q.OpenLambdaFunctions }, 1_000},
	{"polls", func(q *Quotas) *int { return &q.PollsPerTaskList }, 1_000},
}

// Set sets a quota by its name from the text NAME=N.
func (q *Quotas) Set(text string) error {
	name, value, _ := strings.Cut(text, "=")
	n, err := strconv.Atoi(value)
	var names []string
	for _, row := range quotaRows {
		names = append(names, row.name)
		if row.name != name {
			continue
		}
		if err != nil || n < 1 {
			return fmt.Errorf("the quota %s is a number of at least 1, as in %s=%d", name, name, row.service)
		}
		*row.of(q) = n
		return nil
	}
	return fmt.Errorf("there is no quota %q; there are %s", name, strings.Join(names, ", "))
}

func (q Quotas) orDefaults() Quotas {
	for _, row := range quotaRows {
		if at := row.of(&q); *at == 0 {
			*at = row.service
		}
	}
	return q
}

// A Rate limits how often something may happen: Burst times at once, and then
// PerSecond times a second. Its name says what is limited, and to what it
// applies: the name of an operation or of a decision stands for all of them
// together, execution.NAME for those to one execution, and
// list.ScheduleActivityTask for the tasks of one task list.
type Rate struct {
	Burst     float64
	PerSecond float64
}

// What a rate applies to, if not to everything of its name.
const (
	perExecution = "execution."
	perList      = "list."
)

// ServiceRates returns the rates of the service, by name; see [Rate].
func ServiceRates() map[string]Rate {
	return maps.Clone(serviceRates)
}

var serviceRates = map[string]Rate{
	"CountClosedWorkflowExecutions":  {2000, 6},
	"CountOpenWorkflowExecutions":    {2000, 6},
	"CountPendingActivityTasks":      {200, 6},
	"CountPendingDecisionTasks":      {200, 6},
	"DeleteActivityType":             {200, 6},
	"DeleteWorkflowType":             {200, 6},
	"DeprecateActivityType":          {200, 6},
	"DeprecateDomain":                {100, 6},
	"DeprecateWorkflowType":          {200, 6},
	"DescribeActivityType":           {2000, 6},
	"DescribeDomain":                 {200, 6},
	"DescribeWorkflowExecution":      {2000, 6},
	"DescribeWorkflowType":           {2000, 6},
	"GetWorkflowExecutionHistory":    {2000, 60},
	"ListActivityTypes":              {200, 6},
	"ListClosedWorkflowExecutions":   {200, 6},
	"ListDomains":                    {100, 6},
	"ListOpenWorkflowExecutions":     {200, 48},
	"ListTagsForResource":            {50, 30},
	"ListWorkflowTypes":              {200, 6},
	"PollForActivityTask":            {2000, 200},
	"PollForDecisionTask":            {2000, 200},
	"RecordActivityTaskHeartbeat":    {2000, 160},
	"RegisterActivityType":           {200, 60},
	"RegisterDomain":                 {100, 6},
	"RegisterWorkflowType":           {200, 60},
	"RequestCancelWorkflowExecution": {2000, 30},
	"RespondActivityTaskCanceled":    {2000, 200},
	"RespondActivityTaskCompleted":   {2000, 200},
	"RespondActivityTaskFailed":      {2000, 200},
	"RespondDecisionTaskCompleted":   {2000, 200},
	"SignalWorkflowExecution":        {2000, 30},
	"StartWorkflowExecution":         {2000, 200},
	"TagResource":                    {50, 30},
	"TerminateWorkflowExecution":     {2000, 60},
	"UndeprecateActivityType":        {200, 6},
	"UndeprecateDomain":              {100, 6},
	"UndeprecateWorkflowType":        {200, 6},
	"UntagResource":                  {50, 30},

	"RequestCancelExternalWorkflowExecution": {1200, 120},
	"ScheduleActivityTask":                   {1000, 200},
	"SignalExternalWorkflowExecution":        {1200, 120},
	"StartChildWorkflowExecution":            {500, 12},
	"StartTimer":                             {2000, 200},

	perExecution + "GetWorkflowExecutionHistory":    {400, 200},
	perExecution + "RecordActivityTaskHeartbeat":    {1000, 1000},
	perExecution + "RequestCancelWorkflowExecution": {200, 200},
	perExecution + "SignalWorkflowExecution":        {1000, 1000},

	perList + "ScheduleActivityTask": {2000, 2000},
}

// SetRate sets a rate in a map by the text NAME=BURST/PER_SECOND; the text
// `service` stands for all of the service's.
func SetRate(rates map[string]Rate, text string) error {
	if text == "service" {
		maps.Copy(rates, serviceRates)
		return nil
	}
	name, value, _ := strings.Cut(text, "=")
	_, isOperation := operations[name]
	_, isDecision := decisions[name]
	_, isPart := serviceRates[name]
	if !isOperation && !isDecision && !isPart {
		return fmt.Errorf("%q is no operation and no decision of SWF, and nothing that is limited by execution or by list", name)
	}
	burst, each, _ := strings.Cut(value, "/")
	b, err1 := strconv.ParseFloat(burst, 64)
	r, err2 := strconv.ParseFloat(each, 64)
	if err1 != nil || err2 != nil || !(b >= 0) || !(r >= 0) {
		return fmt.Errorf("a rate is given as in %s=200/6: how often at once, and then how often a second", name)
	}
	rates[name] = Rate{b, r}
	return nil
}

// A bucket holds the tokens of a rate that are left.
type bucket struct {
	tokens float64
	at     stamp
}

// buckets holds the buckets of what rates apply to, by the name of the rate.
type buckets map[string]*bucket

// takeFrom takes a token of a rate for what the buckets are of; it reports
// whether there was one.
func (s *Server) takeFrom(bs *buckets, name string) bool {
	rate, limited := s.config.Throttle[name]
	if !limited {
		return true
	}
	if *bs == nil {
		*bs = buckets{}
	}
	b := (*bs)[name]
	if b == nil {
		b = &bucket{tokens: rate.Burst, at: s.time}
		(*bs)[name] = b
	}
	b.tokens = min(rate.Burst, b.tokens+float64(s.time-b.at)/1000*rate.PerSecond)
	b.at = s.time
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// take takes a token of the rate for everything of a name; it reports whether
// there was one.
func (s *Server) take(name string) bool { return s.takeFrom(&s.buckets, name) }

// admit refuses a call that comes too soon after others.
func (s *Server) admit(c *call) error {
	if !s.take(c.operation) {
		return errThrottled
	}
	return nil
}

// admit refuses a call that comes too soon after others to the same run.
func (x *execution) admit(c *call) error {
	if !x.server.takeFrom(&x.buckets, perExecution+c.operation) {
		return errThrottled
	}
	return nil
}

// admit reports whether a task may come into the list of a name so soon after
// others.
func (ls *taskLists) admit(name string) bool {
	const rate = perList + "ScheduleActivityTask"
	if _, limited := ls.server.config.Throttle[rate]; !limited {
		return true
	}
	if ls.rates == nil {
		ls.rates = map[string]*buckets{}
	}
	if ls.rates[name] == nil {
		ls.rates[name] = &buckets{}
	}
	return ls.server.takeFrom(ls.rates[name], rate)
}
